internal import Synchronization

/// The gates of the graphs that this process writes to.
///
/// Pipelines that share a graph share its gate: what one of them locks, or a server that does not lock but refuses whoever
/// comes second, would otherwise send the other's whole batch again.
enum GraphGates {
    private static let gates = Mutex<[String: WriteGate]>([:])

    /// The gate of the graph behind an address.
    static func gate(of address: BoltAddress) -> WriteGate {
        let graph = "\(address.host):\(address.port)/\(address.database ?? "")"
        return gates.withLock { gates in
            if let gate = gates[graph] { return gate }
            let gate = WriteGate()
            gates[graph] = gate
            return gate
        }
    }
}

internal import Connector
internal import Wire

/// Cuts a batch into runs of writes that may reach the target in any order, because no two of them are of one key.
enum WriteRun {
    /// Where the first write stands whose key, or the hash of it, an earlier one has. Appends are all apart.
    static func end(of writes: [SinkWrite], from start: Int) -> Int {
        var seen: Set<UInt64> = []
        var key: [UInt8] = []
        for index in start..<writes.count where !writes[index].mapping.isAppending {
            key.removeAll(keepingCapacity: true)
            guard (try? writes[index].mapping.appendKey(of: writes[index].row, to: &key)) != nil else { continue }
            var hash = Hash64(seed: UInt64(UInt(bitPattern: ObjectIdentifier(writes[index].mapping))))
            hash.combine(key.span)
            guard seen.insert(hash.value).inserted else { return index }
        }
        return writes.count
    }
}

extension ItemResult {
    /// Whether the write is sent again.
    var isPending: Bool {
        switch self {
        case .retry, .split: true
        case .applied, .stale, .park, .stop: false
        }
    }
}

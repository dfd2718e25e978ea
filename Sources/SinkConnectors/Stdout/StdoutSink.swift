internal import Change
internal import Connector
internal import Synchronization
internal import Wire

/// Prints every change as one line of JSON, or more in Debezium's form, in commit order.
///
/// A line counts as applied when the system has taken it. After a crash the last lines can come again: their position
/// tells.
final class StdoutSink: ChangeSink {
    /// One lane, so that lines stand in commit order.
    let traits = SinkTraits(lanes: 1, batchCountMax: 1024, batchBytesMax: 1 << 20, keepsMarker: false)
    private let client: StdoutClient
    private let clock: @Sendable () -> Int64
    private let encoding: Mutex<StdoutEncoding>

    /// - Parameter clock: microseconds since 1970, for the time at which Debezium's form says a change was handled.
    init(options: StdoutOptions, client: StdoutClient, clock: @escaping @Sendable () -> Int64) {
        self.client = client
        self.clock = clock
        encoding = Mutex(StdoutEncoding(options))
    }

    func open() async throws -> SinkIncarnation { SinkIncarnation(["target": "stdout"]) }

    func check(_ mappings: [any RowMapping]) async -> [Diagnostic] { [] }

    func makeMapping(_ request: MappingRequest) throws -> any RowMapping { StdoutMapping(request) }

    func prepare(_ mappings: [any RowMapping]) async throws {}

    func readMarker(pipeline: String) async throws -> SinkMarker? { nil }

    func writeMarker(_ marker: SinkMarker) async throws {}

    func apply(_ writes: [SinkWrite], lane: Int) async throws -> [ItemResult] {
        var lines: [UInt8] = []
        var results: [ItemResult] = []
        results.reserveCapacity(writes.count)
        var encoding = encoding.withLock { $0 }
        for write in writes {
            do {
                try encoding.append(write, at: clock(), to: &lines)
                results.append(.applied)
            } catch {
                results.append(.park(reason: "\(error)"))
            }
        }
        try await client.write(lines)
        self.encoding.withLock { $0 = encoding }
        return results
    }

    func truncate(_ mapping: any RowMapping, floor: Version) async throws {
        var lines: [UInt8] = []
        var encoding = encoding.withLock { $0 }
        encoding.append(truncate: mapping.request, floor: floor, at: clock(), to: &lines)
        try await client.write(lines)
        self.encoding.withLock { $0 = encoding }
    }

    func removeMarker(pipeline: String) async throws {}

    func close() async {}
}

internal import Change
internal import Connector
internal import Logging
internal import Synchronization
internal import Wire

/// A sink that checksums every cell that a real one would write, and keeps nothing but the sums.
///
/// It is what the engine is measured against: the work per row is that of looking at every byte once.
final class DiscardSink: ChangeSink {
    let traits: SinkTraits
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var totals = DiscardTotals()
    }

    init(lanes: Int, logger: Logger) {
        traits = SinkTraits(lanes: lanes, batchCountMax: 1024, batchBytesMax: 1 << 20, keepsMarker: false)
        self.logger = logger
    }

    /// What was discarded since the start.
    var totals: DiscardTotals { state.withLock { $0.totals } }

    func open() async throws -> SinkIncarnation { SinkIncarnation(["target": "discard"]) }

    func check(_ mappings: [any RowMapping]) async -> [Diagnostic] { [] }

    func makeMapping(_ request: MappingRequest) throws -> any RowMapping { DiscardMapping(request) }

    func prepare(_ mappings: [any RowMapping]) async throws {}

    func readMarker(pipeline: String) async throws -> SinkMarker? { nil }

    func writeMarker(_ marker: SinkMarker) async throws {}

    func apply(_ writes: [SinkWrite], lane: Int) async throws -> [ItemResult] {
        var batch = DiscardTotals()
        batch.add(writes)
        state.withLock { $0.totals.add(batch) }
        return Array(repeating: .applied, count: writes.count)
    }

    func truncate(_ mapping: any RowMapping, floor: Version) async throws {}

    func removeMarker(pipeline: String) async throws {}

    func close() async {
        let totals = totals
        logger.info(
            "discarded",
            metadata: [
                "upserts": "\(totals.upserts)", "deletes": "\(totals.deletes)", "appends": "\(totals.appends)",
                "messages": "\(totals.messages)", "bytes": "\(totals.bytes)", "checksum": "\(totals.checksum)",
            ])
    }
}

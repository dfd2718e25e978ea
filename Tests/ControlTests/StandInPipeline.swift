import Change
import Connector
import Control
import Engine
import Synchronization
import Testing

/// A pipeline whose status is whatever the test says, and which notes what it was told.
final class StandInPipeline: ControlledPipeline {
    let pipeline: String
    private let state: Mutex<State>

    private struct State {
        var status: PipelineStatus
        var told: [String] = []
    }

    init(_ status: PipelineStatus) {
        pipeline = status.pipeline
        state = Mutex(State(status: status))
    }

    var status: PipelineStatus { state.withLock { $0.status } }

    var told: [String] { state.withLock { $0.told } }

    func change(_ body: (inout PipelineStatus) -> Void) {
        state.withLock { body(&$0.status) }
    }

    func pause() { tell("pause") }
    func resume() { tell("resume") }
    func drain() { tell("drain") }

    func snapshot(_ tables: [TableName], findingDeletes: Bool) async throws {
        guard tables != [Statuses.unknownTable] else {
            throw MillraceError(.configuration, "no sink writes the table", place: "public.nothing")
        }
        let names = tables.map(\.description).joined(separator: " ")
        tell("snapshot \(names)" + (findingDeletes ? " finding deletes" : ""))
    }

    func replay(_ records: [ParkedRecord]) async throws {
        tell("replay \(records.map { "\($0.number)" }.joined(separator: " "))")
    }

    func head() async throws -> UInt64 {
        try #require(status.source.health).head
    }

    private func tell(_ command: String) {
        state.withLock { $0.told.append(command) }
    }
}

/// Statuses to show and to judge.
enum Statuses {
    static let unknownTable = TableName(namespace: "public", name: "nothing")

    static func running(head: UInt64 = 1_000, checkpoint: UInt64 = 900, received: UInt64 = 890) -> PipelineStatus {
        var status = PipelineStatus(pipeline: "shop", phase: .running, at: 10_000_000, startedAt: 1_000_000)
        status.source.received = received
        status.source.health = SourceHealth(
            head: head, retainedBytes: 4_096, retainedBytesMax: nil, warnings: ["half full"])
        status.source.acknowledged = SourceProgress(commit: checkpoint - 10, end: checkpoint)
        status.source.lastCommitAt = 9_500_000
        status.source.changes = 12_345_678
        var sink = SinkStatus(name: "redis", kind: "redis")
        sink.checkpoint = SourceProgress(commit: checkpoint - 10, end: checkpoint)
        sink.checkpointAt = 9_000_000
        sink.lag = LagSummary(count: 7, p50: 1_500, p99: 250_000, max: 900_000, latest: 2_000)
        sink.writes = 42
        sink.batches = 6
        var line = LedgerLine(
            table: TableName(namespace: "public", name: "odd\"\n\\name"), mapping: "m", counts: LedgerCounts())
        line.counts.received = 10
        line.counts.applied = 6
        line.counts.folded = 3
        sink.ledger = [line]
        status.sinks = [sink]
        status.snapshots = [
            SnapshotStatus(
                table: TableName(namespace: "public", name: "orders"), sinks: ["redis"], rowsRead: 5, bytesRead: 50,
                rowsEstimated: 10, bytesEstimated: 100, chunksFinished: 1, chunkCount: 2, startedAt: 2_000_000)
        ]
        return status
    }
}

import Change
import Connector
import ConnectorTestKit
import Synchronization
import Testing

@testable import Engine

/// A sink that does not answer at the start, or takes no marker, stands alone.
@Suite(.timeLimit(.minutes(1)))
struct LateSinkTests {
    private static func until(_ isSo: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while !isSo() {
            try #require(.now < deadline)
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    @Test(arguments: 0..<5)
    func aSinkThatDoesNotOpenHoldsUpAcknowledgementAndNoOtherSink(seed: Int) async throws {
        let history = RandomHistory(seed: UInt64(seed), transactions: 200)
        let late = LateSink()
        let healthy = SimulatedSink()
        let fixture = EngineFixture(history: history, sinks: [late, healthy])
        let last = try #require(history.batches.last?.transactions.last?.commit)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fixture.runner.run() }
            group.addTask {
                try await Self.until { fixture.runner.status.sinks.last?.checkpoint?.commit ?? 0 >= last }
                #expect(healthy.rows == history.rows)
                #expect(late.base.rows.isEmpty && late.base.marker == nil)
                // Nothing is acknowledged that a sink lacks, even one that nobody has seen yet.
                #expect(fixture.source.acknowledged.isEmpty)
                let line = try #require(fixture.runner.status.sinks.first)
                #expect(!line.isCaughtUp && line.isCircuitOpen)
                #expect(line.lastRetryReason?.contains("not there yet") == true)
                late.answer()
                try await Self.until { fixture.runner.status.sinks.first?.checkpoint?.commit ?? 0 >= last }
                try await Self.until { fixture.source.acknowledged.last?.commit == last }
                fixture.runner.drain()
            }
            while try await group.next() != nil {}
        }
        #expect(late.base.rows == history.rows)
    }

    /// What the state says of it is not so: the run begins again where the sink stands.
    @Test func aSinkThatComesBackOlderWhileItWasLateIsFedFromWhereItStands() async throws {
        let history = RandomHistory(seed: 7, transactions: 100)
        let store = MemoryCheckpointStore()
        let (one, other) = (SimulatedSink(), SimulatedSink())
        let first = EngineFixture(history: history, sinks: [one, other], store: store)
        var early: SinkMarker?
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await first.runToEnd(of: history) }
            while early == nil {
                early = one.marker
                await Task.yield()
            }
            while try await group.next() != nil {}
        }
        one.comeBack(with: try #require(early))
        let late = LateSink(one)
        let second = EngineFixture(history: history, sinks: [late, other], store: store)
        let last = try #require(history.batches.last?.transactions.last?.commit)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await second.runner.run() }
            group.addTask {
                try await Self.until { second.runner.status.phase == .running }
                #expect(one.rows.isEmpty)
                late.answer()
                try await Self.until { one.rows == history.rows }
                try await Self.until { second.runner.status.sinks.first?.checkpoint?.commit == last }
                second.runner.drain()
            }
            while try await group.next() != nil {}
        }
    }

    @Test func aSinkThatIsFoundToBeWrongLateStopsThePipelineAsItDoesAtTheStart() async throws {
        let history = RandomHistory(seed: 8, transactions: 50)
        let late = LateSink()
        let healthy = SimulatedSink()
        let fixture = EngineFixture(history: history, sinks: [late, healthy])
        let last = try #require(history.batches.last?.transactions.last?.commit)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let error = await #expect(throws: MillraceError.self) { try await fixture.runner.run() }
                #expect(error?.code == .sinkRejected)
            }
            group.addTask {
                try await Self.until { fixture.runner.status.sinks.last?.checkpoint?.commit ?? 0 >= last }
                late.refuse()
            }
            while try await group.next() != nil {}
        }
        #expect(healthy.rows == history.rows)
        #expect(fixture.source.acknowledged.isEmpty)
    }

    @Test func aSinkThatTakesNoMarkerHoldsUpNoOthersCheckpoint() async throws {
        let history = RandomHistory(seed: 9, transactions: 200)
        let gate = Door(isOpen: false)
        let stuck = LateSink(holdingMarkersAfter: 1) { await gate.pass() }
        stuck.answer()
        let healthy = SimulatedSink()
        let fixture = EngineFixture(history: history, sinks: [stuck, healthy])
        let last = try #require(history.batches.last?.transactions.last?.commit)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fixture.runner.run() }
            group.addTask {
                try await Self.until { fixture.runner.status.sinks.last?.checkpoint?.commit ?? 0 >= last }
                #expect((fixture.runner.status.sinks.first?.checkpoint?.commit ?? 0) < last)
                #expect((fixture.source.acknowledged.last?.commit ?? 0) < last)
                gate.open()
                try await Self.until { fixture.source.acknowledged.last?.commit == last }
                fixture.runner.drain()
            }
            while try await group.next() != nil {}
        }
        let acknowledged = fixture.source.acknowledged
        #expect(acknowledged == acknowledged.sorted())
    }

    @Test func aSinkThatTruncatesForLongSaysSo() async throws {
        let history = RandomHistory(seed: 9, transactions: 200)
        let gate = Door(isOpen: false)
        let slow = LateSink(beforeTruncate: { await gate.pass() })
        slow.answer()
        let fixture = EngineFixture(history: history, sinks: [slow])
        let last = try #require(history.batches.last?.transactions.last?.commit)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fixture.runner.run() }
            group.addTask {
                try await Self.until { fixture.runner.status.sinks.first?.activity == "truncating items" }
                gate.open()
                try await Self.until { fixture.source.acknowledged.last?.commit == last }
                #expect(fixture.runner.status.sinks.first?.activity == nil)
                fixture.runner.drain()
            }
            while try await group.next() != nil {}
        }
    }
}

/// A sink that does not answer until it is told to, or answers that it is the wrong one.
private final class LateSink: ChangeSink {
    private enum Answer { case none, open, refusal }

    let base: SimulatedSink
    private let answering = Mutex(Answer.none)
    private let markers = Mutex(0)
    private let markersMax: Int
    private let hold: @Sendable () async -> Void
    private let beforeTruncate: @Sendable () async -> Void

    init(
        _ base: SimulatedSink = SimulatedSink(), holdingMarkersAfter markersMax: Int = .max,
        hold: @escaping @Sendable () async -> Void = {}, beforeTruncate: @escaping @Sendable () async -> Void = {}
    ) {
        self.base = base
        self.markersMax = markersMax
        self.hold = hold
        self.beforeTruncate = beforeTruncate
    }

    func answer() { answering.withLock { $0 = .open } }
    func refuse() { answering.withLock { $0 = .refusal } }

    var traits: SinkTraits { base.traits }

    func open() async throws -> SinkIncarnation {
        switch answering.withLock({ $0 }) {
        case .none: throw MillraceError(.sinkUnavailable, "simulated: not there yet")
        case .refusal: throw MillraceError(.sinkRejected, "simulated: not yours")
        case .open: return try await base.open()
        }
    }

    func writeMarker(_ marker: SinkMarker) async throws {
        let count = markers.withLock { count in
            count += 1
            return count
        }
        if count > markersMax { await hold() }
        try await base.writeMarker(marker)
    }

    func check(_ mappings: [any RowMapping]) async -> [Diagnostic] { [] }
    func makeMapping(_ request: MappingRequest) throws -> any RowMapping { try base.makeMapping(request) }
    func prepare(_ mappings: [any RowMapping]) async throws {}
    func readMarker(pipeline: String) async throws -> SinkMarker? { try await base.readMarker(pipeline: pipeline) }
    func apply(_ writes: [SinkWrite], lane: Int) async throws -> [ItemResult] {
        try await base.apply(writes, lane: lane)
    }
    func truncate(_ mapping: any RowMapping, floor: Version) async throws {
        await beforeTruncate()
        try await base.truncate(mapping, floor: floor)
    }
    func removeMarker(pipeline: String) async throws { try await base.removeMarker(pipeline: pipeline) }
    func close() async {}
}

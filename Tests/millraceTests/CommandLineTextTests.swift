import Change
import Connector
import Control
import Engine
import Testing

@testable import millrace

struct CommandLineTextTests {
    @Test func numbersReadWell() {
        #expect(Quantity.count(0) == "0")
        #expect(Quantity.count(999) == "999")
        #expect(Quantity.count(1_000) == "1,000")
        #expect(Quantity.count(-1_234_567) == "-1,234,567")
        #expect(Quantity.count(UInt64.max) == "18,446,744,073,709,551,615")
        #expect(Quantity.bytes(0) == "0 B")
        #expect(Quantity.bytes(1_536) == "1.5 KB")
        #expect(Quantity.bytes(UInt64.max) == "16384.0 PB")
        #expect(Quantity.time(microseconds: 900) == "900 µs")
        #expect(Quantity.time(microseconds: 12_340) == "12.3 ms")
        #expect(Quantity.time(microseconds: 59_940_000) == "59.9 s")
        #expect(Quantity.time(microseconds: 61_000_000) == "1 min 1 s")
        #expect(Quantity.time(microseconds: 7_320_000_000) == "2 h 2 min")
        #expect(Quantity.time(microseconds: .min).hasPrefix("-"))
    }

    @Test(arguments: [("250ms", 250), ("30s", 30_000), ("5m", 300_000), ("2h", 7_200_000)])
    func spansAreReadWithTheirUnits(text: String, milliseconds: Int) {
        #expect(SpanText(argument: text)?.duration == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "5", "s", "-5s", "5 s", "5sec", "99999999999999999999s", "1.5s"])
    func whatIsNoSpanIsRefused(text: String) {
        #expect(SpanText(argument: text)?.duration == nil)
    }

    @Test func theSummaryAddsUpOrSaysWhatIsOnItsWay() {
        var status = SinkStatus(name: "redis", kind: "redis")
        var line = LedgerLine(
            table: .init(namespace: "public", name: "orders"), mapping: "m", counts: LedgerCounts())
        line.counts.received = 1_010
        line.counts.applied = 1_000
        line.counts.folded = 7
        status.ledger = [line]
        status.writes = 1_000
        status.batches = 100
        let lines = SummaryText.lines(for: SinkReport(status, head: nil))
        #expect(
            lines.first == "  redis: received 1,010 = applied 1,000 + stale 0 + filtered 0 + folded 7 + superseded 0 "
                + "+ parked 0 + on their way 3")
        #expect(lines.last == "    1,000 writes in 100 batches of about 10, 0 sent again")
    }

    @Test func progressTellsRateAndTimeLeft() throws {
        var meter = ProgressMeter()
        var status = PipelineStatus(pipeline: "shop", phase: .running, at: 1_000_000, startedAt: 0)
        let table = SnapshotStatus(
            table: .init(namespace: "public", name: "orders"), sinks: ["redis"], rowsRead: 1_000, bytesRead: 4_096,
            rowsEstimated: 10_000, bytesEstimated: 40_960, chunksFinished: 0, chunkCount: 4, startedAt: 0)
        status.snapshots = [table]
        #expect(meter.lines(for: [StatusReport(status)]).first?.text.contains("rows/s") == false)
        status.at = 2_000_000
        status.snapshots[0].rowsRead = 4_000
        status.source.changes = 500
        let lines = meter.lines(for: [StatusReport(status)])
        #expect(
            lines.map(\.text) == [
                "snapshot public.orders into redis: 4,000 of about 10,000 rows, 4.0 KB, 3,000 rows/s, 2.0 s left",
                "running, 500 changes/s",
            ])
        status.at = 3_000_000
        status.snapshots[0].isComplete = true
        #expect(
            meter.lines(for: [StatusReport(status)]) == [
                ProgressLine(pipeline: "shop", text: "running, 0 changes/s", isWorthLogging: false)
            ])
    }

    @Test func whatIsNotBegunSaysWhyOnce() throws {
        var meter = ProgressMeter()
        var status = PipelineStatus(pipeline: "shop", phase: .running, at: 1_000_000, startedAt: 0)
        status.snapshots = [
            SnapshotStatus(
                table: .init(namespace: "public", name: "orders"), sinks: ["redis"], rowsEstimated: 0,
                bytesEstimated: 0, chunksFinished: 0, chunkCount: 0, startedAt: 0)
        ]
        status.snapshots[0].waitsFor = "the sink is behind the others"
        let line = "snapshot public.orders into redis: not begun; it waits: the sink is behind the others"
        #expect(StatusText.lines(for: StatusReport(status)).contains("  \(line)"))
        let lines = try #require(meter.lines(for: [StatusReport(status)]).first)
        #expect(lines == ProgressLine(pipeline: "shop", text: line, isWorthLogging: true))
        #expect(meter.lines(for: [StatusReport(status)]).first?.isWorthLogging == false)
    }

    @Test func whatFailedCopiesNothing() throws {
        var meter = ProgressMeter()
        var status = PipelineStatus(
            pipeline: "shop", phase: .failed(reason: "no such table"), at: 1_000_000, startedAt: 0)
        status.snapshots = [
            SnapshotStatus(
                table: .init(namespace: "public", name: "orders"), sinks: ["redis"], rowsRead: 0, bytesRead: 0,
                rowsEstimated: 10, bytesEstimated: 40, chunksFinished: 0, chunkCount: 1, startedAt: 0)
        ]
        #expect(meter.lines(for: [StatusReport(status)]).map(\.text) == ["failed, 0 changes/s"])
        status.at = 2_000_000
        #expect(!meter.lines(for: [StatusReport(status)]).contains { $0.isWorthLogging })
    }

    @Test func theTableHasALineForEachSinkAndSaysWhyOneDoesNotGoOn() {
        var table = ProgressTable()
        var line = LedgerLine(
            table: .init(namespace: "public", name: "orders"), mapping: "m", counts: LedgerCounts())
        line.counts.received = 10
        line.counts.applied = 10
        var sink = SinkStatus(name: "redis", kind: "redis")
        sink.ledger = [line]
        var status = PipelineStatus(pipeline: "shop", phase: .running, at: 1_000_000, startedAt: 0)
        status.sinks = [sink]
        #expect(
            table.lines(for: [StatusReport(status)]) == [
                "pipeline  sink   state    changes/s  lag p50  lag p99  applied  stale  parked  pending",
                "shop      redis  running                                    10      0       0        0",
            ])
        status.at = 2_000_000
        status.sinks[0].ledger[0].counts.received = 2_012
        status.sinks[0].ledger[0].counts.applied = 2_010
        status.sinks[0].ledger[0].counts.parked = 2
        status.sinks[0].isCircuitOpen = true
        status.sinks[0].lastRetryReason = "the connection was refused"
        #expect(
            table.lines(for: [StatusReport(status)]) == [
                "pipeline  sink   state    changes/s  lag p50  lag p99  applied  stale  parked  pending",
                "shop      redis  waiting      2,002                      2,010      0       2        0",
                "shop, redis: left alone for now: the connection was refused",
            ])
    }

    @Test func everyErrorHasItsExitStatus() {
        #expect(ExitStatus(ConfigurationErrors([])) == .configuration)
        #expect(ExitStatus(MillraceError(.stateInUse, "")) == .inUse)
        #expect(ExitStatus(MillraceError(.slotInUse, "")) == .inUse)
        #expect(ExitStatus(MillraceError(.stateForeign, "")) == .state)
        #expect(ExitStatus(MillraceError(.sourceRejected, "")) == .failure)
        #expect(ExitStatus(ControlFailure(.configuration, "")) == .configuration)
        #expect(ExitStatus(CancellationError()) == .failure)
        #expect(ExitStatus.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6, 7])
    }

    @Test func waitingEndsOnlyWhenEverySinkHasThePositionDurable() throws {
        var status = PipelineStatus(pipeline: "shop", phase: .running, at: 0, startedAt: 0)
        #expect(try !CaughtUp.has(StatusReport(status), passed: 0))
        var sink = SinkStatus(name: "redis", kind: "redis")
        sink.checkpoint = SourceProgress(commit: 10, end: 99)
        status.sinks = [sink]
        #expect(try !CaughtUp.has(StatusReport(status), passed: 100))
        #expect(try CaughtUp.has(StatusReport(status), passed: 99))
        status.sinks[0].stopReason = "closed"
        #expect(throws: CommandFailure.self) { try CaughtUp.has(StatusReport(status), passed: 99) }
        status.sinks[0].stopReason = nil
        status.phase = .failed(reason: "gone")
        #expect(throws: CommandFailure.self) { try CaughtUp.has(StatusReport(status), passed: 99) }
    }
}

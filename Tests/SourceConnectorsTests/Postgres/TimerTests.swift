import Change
import Connector
import PostgresClient
import Testing

@testable import SourceConnectors

@Suite struct TimerTests {
    private let start = ContinuousClock.now

    @Test func aStatusIsSentWellBeforeTheServersTimeout() {
        #expect(StatusSchedule(walSenderTimeout: .seconds(60)).interval == .seconds(10))
        #expect(StatusSchedule(walSenderTimeout: .seconds(3)).interval == .seconds(1))
        #expect(StatusSchedule(walSenderTimeout: .zero).interval == .seconds(10))
        var schedule = StatusSchedule(walSenderTimeout: .seconds(3))
        #expect(schedule.wait(until: .zero, now: start) == .zero)
        schedule.sent(.zero, now: start)
        #expect(schedule.wait(until: .zero, now: start + .milliseconds(400)) == .milliseconds(600))
        #expect(schedule.wait(until: .zero, now: start + .seconds(2)) == .zero)
    }

    @Test func anAcknowledgementAndAQuestionAreAnsweredSooner() {
        var schedule = StatusSchedule(walSenderTimeout: .seconds(60))
        schedule.sent(.zero, now: start)
        #expect(schedule.wait(until: LSN(rawValue: 8), now: start) == StatusSchedule.acknowledgementPause)
        schedule.askedFor()
        #expect(schedule.wait(until: .zero, now: start) == .zero)
        schedule.sent(LSN(rawValue: 8), now: start)
        #expect(schedule.wait(until: LSN(rawValue: 8), now: start) == .seconds(10))
    }

    @Test func anIdlePositionMovesAtMostOnceASecond() {
        var cursor = StreamCursor(after: SourceProgress(commit: 10, end: 96))
        var idle = IdleAdvance()
        let none = idle.take(from: &cursor, now: start)
        #expect(none == nil)
        idle.heard(end: LSN(rawValue: 800), at: 5)
        #expect(idle.wait(for: cursor, now: start) == .zero)
        let first = idle.take(from: &cursor, now: start)
        #expect(first?.end == 800)
        idle.heard(end: LSN(rawValue: 1_600), at: 6)
        let tooSoon = idle.take(from: &cursor, now: start + .milliseconds(999))
        #expect(tooSoon == nil)
        #expect(idle.wait(for: cursor, now: start + .milliseconds(600)) == .milliseconds(400))
        let second = idle.take(from: &cursor, now: start + .seconds(1))
        #expect(second?.end == 1_600)
    }
}

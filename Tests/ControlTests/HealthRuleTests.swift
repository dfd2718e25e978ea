import Connector
import Control
import Engine
import Testing

struct HealthRuleTests {
    @Test func aPipelineThatStandsStillWhileItsSourceMovesOnBecomesUnhealthy() {
        var rule = HealthRule(patience: .seconds(60))
        #expect(rule.observe(Statuses.running(head: 1_000), at: .seconds(0)).isHealthy)
        #expect(rule.observe(Statuses.running(head: 1_010), at: .seconds(10)).isHealthy)
        #expect(rule.observe(Statuses.running(head: 1_020), at: .seconds(69)).isHealthy)
        #expect(!rule.observe(Statuses.running(head: 1_030), at: .seconds(70)).isHealthy)
        #expect(rule.observe(Statuses.running(head: 1_040, checkpoint: 901), at: .seconds(80)).isHealthy)
        #expect(rule.observe(Statuses.running(head: 1_050, checkpoint: 901), at: .seconds(139)).isHealthy)
    }

    @Test func aPipelineIsHealthyForeverWhileItsSourceStandsStill() {
        var rule = HealthRule(patience: .seconds(60))
        for second in 0..<1_000 {
            #expect(rule.observe(Statuses.running(), at: .seconds(second)).isHealthy)
        }
    }

    @Test func aSnapshotsRowsAreProgress() {
        var rule = HealthRule(patience: .seconds(60))
        for second in 0..<200 {
            var status = Statuses.running(head: 1_000 + UInt64(second))
            status.snapshots[0].rowsRead += UInt64(second)
            #expect(rule.observe(status, at: .seconds(second)).isHealthy)
        }
    }

    @Test func aStoppedSinkIsUnhealthyAtOnceAndTheWordsSayWhy() {
        var rule = HealthRule(patience: .seconds(60))
        var status = Statuses.running()
        status.sinks[0].stopReason = "the index is closed"
        #expect(rule.observe(status, at: .zero) == .unhealthy("sink redis stopped: the index is closed"))
    }

    @Test func aFailedOrStoppedPipelineIsUnhealthy() {
        var rule = HealthRule(patience: .seconds(60))
        var status = Statuses.running()
        status.phase = .failed(reason: "the slot is gone")
        #expect(rule.observe(status, at: .zero) == .unhealthy("failed: the slot is gone"))
        status.phase = .stopped
        #expect(!rule.observe(status, at: .zero).isHealthy)
    }

    @Test func aPauseIsHealthyHoweverLongItLasts() {
        var rule = HealthRule(patience: .seconds(60))
        for second in 0..<500 {
            var status = Statuses.running(head: 1_000 + UInt64(second))
            status.phase = .paused
            #expect(rule.observe(status, at: .seconds(second)).isHealthy)
        }
        #expect(rule.observe(Statuses.running(head: 9_000), at: .seconds(501)).isHealthy)
    }

    @Test func aPipelineThatDoesNotComeUpBecomesUnhealthy() {
        var rule = HealthRule(patience: .seconds(60))
        let status = PipelineStatus(pipeline: "shop", phase: .starting, at: 0, startedAt: 0)
        #expect(rule.observe(status, at: .seconds(0)).isHealthy)
        #expect(rule.observe(status, at: .seconds(1)).isHealthy)
        #expect(!rule.observe(status, at: .seconds(61)).isHealthy)
    }
}

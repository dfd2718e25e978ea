import Foundation
import Testing
import Threads

/// The whole engine under a seeded schedule, with the laws as the oracle.
@Suite(.serialized) struct SimulationTests {
    @Test(arguments: Mode.allCases)
    func everyLawHoldsWhateverFails(mode: Mode) async throws {
        let failures = try await Seeds.run(0..<UInt64(Seeds.count), mode)
        for failure in failures { Issue.record("\(failure.violation)\n\(failure.replay)") }
    }

    @Test func aSeedIsTheSameScheduleEveryTime() async throws {
        for seed in 0..<60 as Range<UInt64> {
            let runs = try await DedicatedThread.run(name: "simulation") {
                (0..<2).map { _ in Simulation.run(seed, .any).digest }
            }
            #expect(runs[0] == runs[1], "seed \(seed)")
        }
    }

    @Test(.enabled(if: Seeds.replayed != nil)) func replay() async throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = try #require(Seeds.replayed)
        let mode = Mode(rawValue: environment["SIMULATION_MODE"] ?? "") ?? .bounded
        let mutation = Mutation(rawValue: environment["SIMULATION_MUTATION"] ?? "")
        let outcome = try await DedicatedThread.run(name: "simulation") {
            Simulation.run(seed, mode, mutation, isTracing: true)
        }
        #expect(outcome.violation == nil)
    }
}

/// Runs many seeds, one after another on each of two threads.
enum Seeds {
    struct Failure: Sendable {
        var seed: UInt64
        var violation: String
        var replay: String
    }

    static var count: Int { ProcessInfo.processInfo.environment["SIMULATION_SEEDS"].flatMap { Int($0) } ?? 1_500 }

    static var replayed: UInt64? { ProcessInfo.processInfo.environment["SIMULATION_SEED"].flatMap { UInt64($0) } }

    /// Returns the failures; a thread stops at its first.
    static func run(_ seeds: Range<UInt64>, _ mode: Mode, _ mutation: Mutation? = nil) async throws -> [Failure] {
        try await withThrowingTaskGroup(of: Failure?.self) { group in
            for half in 0..<2 as Range<UInt64> {
                group.addTask {
                    try await DedicatedThread.run(name: "simulation") {
                        for seed in seeds where seed % 2 == half {
                            guard let violation = Simulation.run(seed, mode, mutation).violation else { continue }
                            return Failure(
                                seed: seed, violation: "seed \(seed): \(violation)",
                                replay: Simulation.replay(seed, mode, mutation))
                        }
                        return nil
                    }
                }
            }
            return try await group.reduce(into: []) { failures, failure in failures += failure.map { [$0] } ?? [] }
        }
    }
}

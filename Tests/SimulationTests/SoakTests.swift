import Foundation
import Testing

/// New seeds for as long as it is wanted: `make soak`.
@Suite struct SoakTests {
    private static var minutes: Double? {
        ProcessInfo.processInfo.environment["SIMULATION_SOAK_MINUTES"].flatMap { Double($0) }
    }

    @Test(.enabled(if: minutes != nil)) func noSeedBreaksALaw() async throws {
        let deadline = Date(timeIntervalSinceNow: (Self.minutes ?? 0) * 60)
        var first = UInt64.random(in: 1 << 32..<1 << 48)
        var count = 0
        while Date() < deadline {
            for mode in Mode.allCases {
                let failures = try await Seeds.run(first..<first + 500, mode)
                for failure in failures { Issue.record("\(failure.violation)\n\(failure.replay)") }
                guard failures.isEmpty else { return }
            }
            first += 500
            count += 1_000
            print("\(count) runs, the last of seed \(first - 1)")
        }
    }
}

import ConnectorTestKit
import Foundation
import Randomness
import Testing

/// Which crashes the harness makes, in an order that its seed makes.
///
/// `make crash ROUNDS=500 SEED=7` makes more rounds from a seed of one's own.
struct CrashPlan {
    /// Where a debug build dies on order, see `CrashPoint`.
    enum Point: String, CaseIterable {
        case afterRead = "after-read"
        case midTransaction = "mid-transaction"
        case midChunk = "mid-chunk"
        case afterChunk = "after-chunk"
        case afterSink = "after-sink"
        case midTruncate = "mid-truncate"
        case afterMarker = "after-marker"
        case afterCheckpoint = "after-checkpoint"
        case beforeAcknowledgement = "before-acknowledgement"

        /// How often it is passed at the least while what provokes it is done once.
        var passages: Int { isPassedOnce ? 1 : 3 }

        /// How long the process may need from what provokes it to the point, before that is done again: a process that
        /// has more to do than it can only comes there later.
        fileprivate var respite: Duration { isPassedOnce ? .seconds(3) : .milliseconds(300) }

        private var isPassedOnce: Bool { self == .midTruncate || self == .midTransaction }
    }

    /// A point, and at which passage the process dies there.
    struct Crash {
        var point: Point
        var passage: Int

        var environment: [String: String] { ["MILLRACE_CRASH_AT": "\(point.rawValue):\(passage)"] }

        /// Does what provokes it again and again, until the process that was started with ``environment`` is dead.
        func kill(_ process: BackgroundProcess, seed: UInt64, provoking provoke: () async throws -> Void) async throws {
            let isDead = try await Eventually.holds {
                guard process.isRunning else { return true }
                try await provoke()
                return try await Eventually.holds(within: point.respite) { !process.isRunning }
            }
            let status = await process.end(with: SIGKILL)
            try #require(isDead, "it never passed \(self), seed \(seed)")
            #expect(status == SIGKILL, "\(process.output.suffix(2_000))")
        }
    }

    let seed: UInt64
    private var roundsLeft = Scale.crashRounds
    /// What was written in so many rounds is little enough for the last of them to be as fast as the first.
    private static let togetherMax = 10
    private let points: [Point]
    private var left: [Point] = []
    private var random: SeededNumbers

    init(points: [Point] = Point.allCases) {
        seed =
            ProcessInfo.processInfo.environment["MILLRACE_CRASH_SEED"].flatMap { UInt64($0) }
            ?? UInt64.random(in: 1...999_999)
        random = SeededNumbers(seed: seed)
        self.points = points
    }

    /// How many rounds are to be made on the data of one beginning; nil when all are made.
    mutating func nextRounds() -> Int? {
        guard roundsLeft > 0 else { return nil }
        let count = min(roundsLeft, Self.togetherMax)
        print("crash harness: seed \(seed), \(roundsLeft) rounds left")
        roundsLeft -= count
        return count
    }

    /// The crashes of the next round: two points, until each had its turn; then they come again in another order.
    mutating func nextRound() -> [Crash] {
        (0..<2).map { _ in
            if left.isEmpty { left = points.shuffled(using: &random) }
            let point = left.removeLast()
            return Crash(point: point, passage: Int.random(in: 1...point.passages, using: &random))
        }
    }

    /// Writes for some time, and kills the process at no point in particular.
    mutating func kill(_ process: BackgroundProcess, writing write: () async throws -> Void) async throws {
        let deadline = ContinuousClock.now + .milliseconds(Int.random(in: 0...1_500, using: &random))
        repeat { try await write() } while ContinuousClock.now < deadline
        try #require(process.isRunning, "\(process.output.suffix(2_000))")
        await process.end(with: SIGKILL)
    }
}

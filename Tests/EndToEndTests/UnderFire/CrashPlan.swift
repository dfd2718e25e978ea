import Randomness
import ConnectorTestKit
import Foundation

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
        var passages: Int { self == .midTruncate || self == .midTransaction ? 1 : 3 }
    }

    /// A point, and at which passage the process dies there.
    struct Crash {
        var point: Point
        var passage: Int

        var environment: [String: String] { ["MILLRACE_CRASH_AT": "\(point.rawValue):\(passage)"] }
    }

    let seed: UInt64
    private var roundsLeft = Scale.crashRounds
    /// What was written in so many rounds is little enough for the last of them to be as fast as the first.
    private static let togetherMax = 25
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

    /// How long a process runs that is killed at no point in particular.
    mutating func nextLifetime() -> Duration { .milliseconds(Int.random(in: 0...1_500, using: &random)) }
}

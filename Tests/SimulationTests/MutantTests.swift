import Testing

/// That the simulation bites: each law, broken on purpose, is caught within a few seeds, and by its own name or by what
/// comes of it.
@Suite(.serialized) struct MutantTests {
    /// The most seeds that a broken law is tried with.
    private static let seedsMax: UInt64 = 4_000

    @Test(arguments: Mutation.allCases)
    func aBrokenLawIsCaught(_ mutation: Mutation) async throws {
        let seeds = 0..<Self.seedsMax
        let failures = try await Seeds.run(seeds, mutation.mode, mutation)
        let first = try #require(failures.min { $0.seed < $1.seed }, "\(mutation) passes \(seeds.count) seeds")
        print("\(mutation) is caught by \(first.violation)")
        #expect(
            mutation.signs.contains { first.violation.contains(": \($0): ") }, "\(first.violation)\n\(first.replay)")
    }
}

extension Mutation {
    /// What the oracle may name: the law, or what follows where it is broken.
    fileprivate var signs: Set<String> {
        switch self {
        // What the state does not know, a target tells.
        case .savedLater: ["law 1", "liveness"]
        case .settledBeforeReply, .keepaliveConfirmed, .markerSkipped: ["law 1"]
        // An image of an older write, or of a row that is not known whole.
        case .lanesMixed: ["law 2", "law 5", "law 6"]
        case .guardDropped, .tombstonesForgotten: ["law 3"]
        // What a forgotten truncate took away is a row that never was there.
        case .floorForgotten: ["law 3", "law 1"]
        case .sweepUnguarded, .sweepTooEarly: ["law 3"]
        // What stood in the version of a change that came again is gone.
        case .sweepBeyondGuard: ["law 3", "convergence"]
        // Where the deletion is forgotten, the row comes back; where an update is, its unchanged cells have no row to come from.
        case .overtakenRowsKept: ["law 3", "law 5", "law 6", "convergence"]
        // A change that is taken for one of another window is stale, or comes as another one.
        case .windowsMove: ["law 1", "law 2", "law 3"]
        // A row that is not seen is missing.
        case .chunkReadTooEarly, .lookupTooEarly: ["law 1", "law 5", "law 6", "convergence"]
        case .lookupForgetsEarlier: ["law 1", "law 5", "law 6", "convergence"]
        case .lookUpsNotFollowed: ["convergence"]
        case .changeSwallowed: ["law 4", "law 1", "law 6"]
        case .unchangedWrittenAsNull: ["law 5"]
        case .limitsIgnored: ["law 7"]
        // What is taken for the same lacks what the other had.
        case .markerForged, .identityIgnored, .loadsTrusted: ["law 1", "convergence"]
        // What is new is stale beside what stands there.
        case .epochKept: ["law 1", "law 3", "convergence"]
        case .faultsPark: ["law 10"]
        case .neverDetached: ["law 10"]
        }
    }

    /// Faults that nobody can mend alone show what trust in the wrong source or target does.
    fileprivate var mode: Mode {
        switch self {
        case .markerForged, .loadsTrusted, .identityIgnored, .epochKept, .floorForgotten, .sweepUnguarded,
            .sweepTooEarly, .sweepBeyondGuard:
            .any
        default: .bounded
        }
    }
}

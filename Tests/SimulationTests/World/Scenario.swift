import Connector
import Pipelines

@testable import Engine

/// What a seed makes of the world before anything happens.
struct Scenario {
    let mode: Mode
    let targets: [TargetPlan]
    let faults: Set<Fault>
    let order: SeededExecutor.Order
    /// How many steps the writers take.
    let databaseSteps: Int
    let keyCount: Int
    /// How long a writer may think between two steps.
    let writerPause: Int
    let hasPoison: Bool
    let snapshot: SnapshotMode
    let options: EngineOptions
    /// What the queues say of themselves.
    let limits: (handover: Int, inbox: Int, pending: Int)
    /// How long reading a few rows of a chunk may take.
    let chunkPause: Int
    /// One call in so many goes wrong while a fault is enabled.
    let oneIn: Int

    init(seed: UInt64, mode: Mode, mutation: Mutation?, chance: Chance, spillFolder: String) {
        self.mode = mode
        // Broken laws are caught sooner without it.
        let hasUnguarded = mutation == nil ? seed % 4 == 0 : mutation == .sweepBeyondGuard
        targets = TargetPlan.all + (hasUnguarded ? [.unguarded] : [])
        let candidates = Fault.allCases.filter { mode == .any || $0.isBounded }
        let percent = chance.pick([0, 15, 40, 80])
        var faults = Set(candidates.filter { _ in chance.percent(percent) })
        if let needed = mutation?.neededFaults {
            faults = chance.oneIn(2) ? needed : faults.union(needed)
        }
        self.faults = faults
        order = chance.pick(SeededExecutor.Order.allCases)
        databaseSteps = chance.oneIn(20) ? 250 : chance.between(20, 90)
        keyCount = chance.between(3, 8)
        hasPoison = chance.oneIn(3)
        // What the operator fills anew is filled by a snapshot.
        snapshot = mode == .bounded && chance.oneIn(5) ? .never : .initial
        oneIn = chance.pick([4, 8, 20])
        writerPause = (chance.oneIn(3) ? 400 : 30) * Span.millisecond
        chunkPause = chance.oneIn(6) ? 6 * Span.second : 20 * Span.millisecond
        limits = (
            chance.pick([1_500, 4_000, 100_000]), chance.pick([1_500, 4_000, 100_000]), chance.pick([600, 100_000])
        )
        var options = EngineOptions()
        let factor = mutation == .limitsIgnored ? 100 : 1
        options.handoverBytes = limits.handover * factor
        options.inboxBytes = limits.inbox * factor
        options.pendingBytes = limits.pending * factor
        options.windowBytesMax = chance.pick([400, 3_000, 1 << 20])
        options.spillFolder = chance.oneIn(3) ? spillFolder : nil
        options.healthEvery = .seconds(60)
        options.checkpointEvery = .milliseconds(chance.pick([1, 50, 200]))
        if mutation == .neverDetached { options.latenessWindow = .seconds(1_000_000) }
        options.parkedInARowMax = 1_000
        options.sweepsWait = mutation != .sweepTooEarly
        options.followsLookUps = mutation != .lookUpsNotFollowed
        self.options = options
    }

    var document: PipelineDocument {
        let place = SourceLocation(file: "simulated.yaml", line: 1, column: 1)
        return PipelineDocument(
            file: "simulated.yaml", name: "simulated",
            source: SourceDocument(
                kind: "simulated", options: OptionValues(at: place),
                tables: SimulatedTable.allCases.map { Located($0.name, at: place) }, snapshot: snapshot),
            sinks: targets.map { target in
                SinkDocument(
                    kind: "simulated", name: target.name, options: OptionValues(at: place),
                    writes: target.mappings.map { $0.document(at: place) })
            })
    }
}

extension Mutation {
    /// The faults that a broken law needs to do harm; with few others beside them that is seen soonest.
    fileprivate var neededFaults: Set<Fault>? {
        switch self {
        case .windowsMove, .floorForgotten: [.crash, .refused]
        case .markerForged: [.targetEmptied, .refused]
        case .loadsTrusted: [.targetRolledBack, .refused]
        case .identityIgnored, .epochKept: [.takeover, .refused]
        case .sweepTooEarly: [.slotLost, .late]
        case .sweepBeyondGuard: [.crash, .slotLost]
        case .sweepUnguarded: [.slotLost, .takeover, .refused]
        case .guardDropped, .tombstonesForgotten: [.late, .refused]
        case .settledBeforeReply, .faultsPark: [.refused]
        case .neverDetached, .limitsIgnored: [.targetStands, .refused]
        case .savedLater, .keepaliveConfirmed, .markerSkipped, .lanesMixed, .chunkReadTooEarly, .overtakenRowsKept,
            .lookupTooEarly, .lookupForgetsEarlier, .lookUpsNotFollowed, .changeSwallowed, .unchangedWrittenAsNull:
            nil
        }
    }
}

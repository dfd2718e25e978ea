/// What may go wrong. Each seed enables some of them: a fault that is rare among many others is common alone.
enum Fault: CaseIterable {
    // The process.
    case crash
    case drain
    case pause
    /// Time passes while steps wait.
    case stall
    case clockJump

    // The state folder.
    case diskFull
    /// The last save was under way when the process died: all of it is there, or nothing.
    case tornSave

    // The targets.
    case refused
    case replyLost
    /// The answer never comes, and the batch is applied later, after newer ones.
    case late
    case doubled
    case partial
    case split
    case retried
    case targetFull
    case targetDown
    case targetStands
    /// The target comes back with all it had, and says that it is another incarnation.
    case targetRestarts

    // The source.
    case source
    case streamBreaks
    case sourceDown
    case databaseRestarts

    // What nobody can mend without the operator.
    case targetEmptied
    /// The target comes back without the last that it had confirmed.
    case targetRolledBack
    /// Another server goes on from an earlier place of the log, and gives the same positions to other changes.
    case takeover
    /// The slot is dropped, and nothing follows the database until the operator knows.
    case slotLost

    /// Whether the pipeline must get over it by itself.
    var isBounded: Bool {
        switch self {
        case .crash, .drain, .pause, .stall, .clockJump, .diskFull, .tornSave, .refused, .replyLost, .late, .doubled,
            .partial, .split, .retried, .targetFull, .targetDown, .targetStands, .targetRestarts, .source,
            .streamBreaks, .sourceDown, .databaseRestarts:
            true
        case .targetEmptied, .targetRolledBack, .takeover, .slotLost: false
        }
    }
}

/// What is asked of a run.
enum Mode: String, CaseIterable {
    /// Faults that pass: in the end every target has exactly the source's rows.
    case bounded
    /// Any fault: either that, or a loud stop whose reason is true; and at no moment anything acknowledged that is not
    /// kept, nor a row that no moment of the source explains.
    case any
}

/// A law broken on purpose, at a seam between the engine and its surroundings. Each must be caught.
enum Mutation: String, CaseIterable {
    /// Law 1: a save returns before anything is durable.
    case savedLater
    /// Law 1: a write counts as applied before the target has it.
    case settledBeforeReply
    /// Law 1: the source takes an idle position for acknowledged.
    case keepaliveConfirmed
    /// Law 1: the marker is not written.
    case markerSkipped
    /// Law 2: writes of one key travel in several lanes.
    case lanesMixed
    /// Law 3: the target does not compare versions.
    case guardDropped
    /// Law 3: a delete leaves nothing behind.
    case tombstonesForgotten
    /// Law 3: what a truncate removed is not remembered across a restart.
    case floorForgotten
    /// Law 3: windows are cut otherwise when a transaction comes again.
    case windowsMove
    /// Law 3: a chunk is read before older transactions are visible.
    case chunkReadTooEarly
    /// Law 3: rows of a snapshot are handed over although the stream has overtaken them.
    case overtakenRowsKept
    /// Law 3: a re-read by key does not wait for its transactions to be visible.
    case lookupTooEarly
    /// Law 3: a re-read waits for the last of its transactions to be visible, and not for those before it.
    case lookupForgetsEarlier
    /// A row is not written again when what it looks up changes.
    case lookUpsNotFollowed
    /// Law 4: a change is lost on the way.
    case changeSwallowed
    /// Law 5: an unchanged cell is taken for null.
    case unchangedWrittenAsNull
    /// Law 7: queues are a hundred times as long as they say.
    case limitsIgnored
    /// Law 3: a sweep does not wait for what has overtaken rows of its run.
    case sweepTooEarly
    /// Law 3: a sweep deletes whatever stands there by now.
    case sweepUnguarded
    /// Law 3: a target that compares no versions is swept like one that does.
    case sweepBeyondGuard
    /// Law 9: a target that lost its marker is taken for the same one.
    case markerForged
    /// Law 9: a target that came back without rows of a snapshot is trusted to have them.
    case loadsTrusted
    /// Law 9: positions go back, and the epoch does not rise.
    case epochKept
    /// Law 9: another server's positions are trusted.
    case identityIgnored
    /// Law 10: a fault of the infrastructure parks rows.
    case faultsPark
    /// Law 10: a target that stands still holds the others up.
    case neverDetached
}

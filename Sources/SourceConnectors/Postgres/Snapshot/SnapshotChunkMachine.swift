internal import PostgresClient

/// Decides when the rows of one chunk may be read, without I/O.
///
/// Every row of a run bears the version of P, a place in the log, and the run has a barrier B, a transaction number
/// drawn after P was read. A chunk is read from a snapshot that is looked at first:
/// 1. Its oldest running transaction is not below B. A transaction that committed at or before P had its number before
///    B was drawn, so the snapshot sees it. Every other one commits after P: it is in the stream, with a higher version
///    than P's, and wins over the row wherever it arrives.
/// 2. It sees every transaction that was delivered before the chunk was opened. The log's order is not the order of
///    visibility: the walsender sends a commit before other sessions see it, and a synchronous standby can hold it
///    there for long. A sink without versions would otherwise get the older row after the newer one.
/// 3. The log is flushed up to what was inserted when the snapshot had been taken, so that a crash of the server
///    cannot undo a transaction whose rows were read. What the snapshot sees had its commit record inserted before.
///
/// All three concern the snapshot and not the reading of the rows, so they are settled before the first row is read,
/// and the rows can be handed over as they come, in bounded memory. Should the reading break off, the chunk is read
/// again from a later snapshot; rows already handed over come again with the same version, and whatever differs in
/// them is in the stream with a higher one.
struct SnapshotChunkMachine {
    /// What a chunk's transaction sees first.
    struct Look: Equatable {
        var snapshot: TransactionSnapshot
        /// The insert position, read after the snapshot was taken.
        var inserted: LSN
        var flushed: LSN
        /// ``TableFacts/storage``; nil for a table that is gone.
        var storage: String?
    }

    enum Action: Equatable {
        /// Roll back, wait a little, open the chunk anew and take another snapshot.
        case retake(Reason)
        /// Look at the flush position until it has reached this one.
        case awaitFlush(LSN)
        case read
        /// The plan no longer fits the table; another one has to be made.
        case void(VoidReason)
    }

    enum Reason: Equatable {
        /// A transaction older than the run still runs.
        case olderTransaction(UInt64)
        /// A delivered transaction is not visible yet.
        case invisible(UInt64)
    }

    enum VoidReason: Equatable {
        case gone
        case rewritten
    }

    private enum State: Equatable {
        case looking
        case flushing(LSN)
        case reading
        case voided
    }

    /// B.
    let barrier: UInt64
    /// ``TableFacts/storage`` when the plan was made.
    let storage: String
    private var state = State.looking

    init(barrier: UInt64, storage: String) {
        self.barrier = barrier
        self.storage = storage
    }

    /// The chunk was opened and its snapshot taken; `mustSee` are the transactions delivered before it was opened.
    mutating func looked(_ look: Look, mustSee: Set<UInt64>) -> Action {
        precondition(state == .looking, "a chunk is looked at once for each snapshot")
        guard let storage = look.storage else { return void(.gone) }
        guard storage == self.storage else { return void(.rewritten) }
        guard look.snapshot.oldestRunning >= barrier else {
            return .retake(.olderTransaction(look.snapshot.oldestRunning))
        }
        if let invisible = mustSee.filter({ !look.snapshot.sees($0) }).min() { return .retake(.invisible(invisible)) }
        return awaitFlush(of: look.inserted, flushed: look.flushed)
    }

    /// The flush position was read again.
    mutating func flushed(to position: LSN) -> Action {
        guard case .flushing(let target) = state else {
            preconditionFailure("the flush position matters only between the look and the read")
        }
        return awaitFlush(of: target, flushed: position)
    }

    private mutating func awaitFlush(of target: LSN, flushed: LSN) -> Action {
        state = flushed >= target ? .reading : .flushing(target)
        return flushed >= target ? .read : .awaitFlush(target)
    }

    private mutating func void(_ reason: VoidReason) -> Action {
        state = .voided
        return .void(reason)
    }
}

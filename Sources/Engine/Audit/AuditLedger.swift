internal import Change
internal import Connector
internal import Synchronization

/// What one sink learns while rows are compared in its lanes.
///
/// One pass is noted at a time; what comes late of an earlier one is left out.
final class AuditLedger: Sendable {
    private struct State {
        var run = 0
        /// By mapping number; only what is compared.
        var sheets: [Int: AuditSheet] = [:]
        var failure: MillraceError?
        var noted = 0
        /// By mapping number: the sink keys that were written meanwhile, of mappings that look something up.
        var touched: [Int: Set<UInt64>] = [:]
    }

    private let state = Mutex(State())

    /// Begins a pass over these mappings.
    func begin(run: Int, mappings: [Int]) {
        state.withLock { state in
            state = State(run: run, sheets: Dictionary(uniqueKeysWithValues: mappings.map { ($0, AuditSheet()) }))
        }
    }

    /// How many rows were noted so far in this pass.
    var progress: Int { state.withLock { $0.noted } }

    /// Whether rows of mappings that look something up differ so far.
    func hasSuspects(of mappings: Set<Int>) -> Bool {
        state.withLock { state in state.sheets.contains { mappings.contains($0.key) && !$0.value.suspects.isEmpty } }
    }

    /// Takes note of writes: what was looked up for a row that is compared may be newer than what stood in the stream there.
    func noteTouched(_ writes: [PendingWrite]) {
        state.withLock { state in
            guard state.run != 0 else { return }
            for write in writes where write.auditRun == 0 && write.plan.joins != nil {
                if state.sheets[write.mapping] != nil {
                    state.touched[write.mapping, default: []].insert(write.keyHash)
                }
            }
        }
    }

    /// Takes back what differs in rows that were written meanwhile, and returns their primary keys.
    func takeBackTouched() -> [[String]] {
        state.withLock { state in
            var keys: [[String]] = []
            for (mapping, touched) in state.touched {
                keys += state.sheets[mapping]?.takeBack(touched) ?? []
            }
            return keys
        }
    }

    /// Ends the pass and returns what was learnt.
    func end() -> (sheets: [Int: AuditSheet], failure: MillraceError?) {
        var ended = state.withLock { state in
            defer { state = State() }
            return state
        }
        for number in Array(ended.sheets.keys) { ended.sheets[number]?.expectedKeys.seal() }
        return (ended.sheets, ended.failure)
    }

    /// Takes note of rows that the source has and the sink should have. Returns those that are to be compared.
    func expect(_ writes: [PendingWrite]) -> [PendingWrite] {
        state.withLock { state in
            writes.filter { write in
                guard write.auditRun == state.run, state.sheets[write.mapping] != nil else { return false }
                if write.write.action != .delete { state.sheets[write.mapping]?.expectedKeys.append(write.keyHash) }
                return true
            }
        }
    }

    /// Takes note of a row that becomes nothing that could be compared.
    func noteUnverifiable(_ write: PendingWrite, _ reason: String) {
        state.withLock { state in
            guard write.auditRun == state.run else { return }
            state.noted += 1
            state.sheets[write.mapping]?.unverifiable[reason, default: 0] += 1
        }
    }

    func note(_ comparisons: [Comparison], of writes: [PendingWrite]) {
        state.withLock { state in
            for (write, comparison) in zip(writes, comparisons) where write.auditRun == state.run {
                state.noted += 1
                state.sheets[write.mapping]?.note(comparison, of: write)
            }
        }
    }

    /// Takes note that the target could not be read.
    func noteFailure(_ error: MillraceError, of run: Int) {
        state.withLock { if $0.run == run { $0.failure = $0.failure ?? error } }
    }
}

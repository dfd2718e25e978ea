internal import Change
internal import Connector
internal import Synchronization

/// What one sink learns while rows are compared in its lanes.
///
/// One pass is noted at a time; what comes late of an earlier one is left out.
final class AuditLedger: Sendable {
    fileprivate struct State {
        var run = 0
        /// By mapping number; only what is looked at.
        var looks: [Int: AuditLook.Kind] = [:]
        var sheets: [Int: AuditSheet] = [:]
        var failure: MillraceError?
        var noted = 0
        /// By mapping number: the sink keys that were written meanwhile, of mappings that look something up.
        var touched: [Int: Set<UInt64>] = [:]
    }

    private let state = Mutex(State())

    /// Begins a pass that looks at these mappings, by their numbers.
    func begin(run: Int, looks: [Int: AuditLook.Kind]) {
        state.withLock { $0 = State(run: run, looks: looks, sheets: looks.mapValues { _ in AuditSheet() }) }
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
        for number in Array(ended.sheets.keys) { ended.sheets[number]?.expected.sort { $0.key < $1.key } }
        return (ended.sheets, ended.failure)
    }

    /// Takes note of rows that the source has and the sink should have. Returns those that are to be compared, and those
    /// that are to be summed up.
    func expect(_ writes: [PendingWrite]) -> (compared: [PendingWrite], digested: [PendingWrite]) {
        state.withLock { state in
            var (compared, digested): ([PendingWrite], [PendingWrite]) = ([], [])
            for write in writes where write.auditRun == state.run {
                switch state.looks[write.mapping] {
                case .compare:
                    if write.write.action != .delete { state.expect(write, digest: 0) }
                    compared.append(write)
                case .compareOnly(let keys): if keys.contains(write.keyHash) { compared.append(write) }
                // What should not be there is found by reading the target through.
                case .digest: if write.write.action != .delete { digested.append(write) }
                case nil: continue
                }
            }
            return (compared, digested)
        }
    }

    /// Takes note of what rows that are summed up should look like.
    func note(_ digests: [UInt64?], of writes: [PendingWrite]) {
        state.withLock { state in
            for (write, digest) in zip(writes, digests) where write.auditRun == state.run {
                state.noted += 1
                state.expect(write, digest: digest ?? RowDigest.unknown)
            }
        }
    }

    /// Takes note of a row that becomes nothing that could be compared.
    func noteUnverifiable(_ write: PendingWrite, _ reason: String) {
        state.withLock { state in
            guard write.auditRun == state.run else { return }
            if case .compareOnly = state.looks[write.mapping] { return }
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

extension AuditLedger.State {
    fileprivate mutating func expect(_ write: PendingWrite, digest: UInt64) {
        sheets[write.mapping]?.expected.append(RowDigest(key: write.keyHash, digest: digest))
    }
}

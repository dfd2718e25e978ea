import Change

/// Every state that each row of a table had, by the version that a write of it bears: what the oracle compares with.
struct RowHistory {
    struct State {
        var commit: UInt64
        var window: UInt8
        /// Nil where the row is gone.
        var row: SimulatedRow?

        func isAfter(_ commit: UInt64, _ window: UInt8) -> Bool { (self.commit, self.window) > (commit, window) }
    }

    private var states: [String: [State]] = [:]

    mutating func note(_ change: LoggedChange, commit: UInt64) {
        let window = Window.containing(ordinal: change.ordinal)
        if change.kind == .truncate {
            for id in states.keys { note(id, State(commit: commit, window: window, row: nil)) }
        }
        if let id = change.oldID { note(id, State(commit: commit, window: window, row: nil)) }
        if let id = change.newID { note(id, State(commit: commit, window: window, row: change.new)) }
    }

    private mutating func note(_ id: String, _ state: State) {
        if let last = states[id]?.last, last.commit == state.commit, last.window == state.window {
            states[id]?.removeLast()
        }
        states[id, default: []].append(state)
    }

    /// The values that a write may bring of a column: the one of its version, or a later one, because re-reads and
    /// snapshots see later states.
    func mayHold(_ value: String?, column: Int, of id: String, at version: Version) -> Bool {
        guard let states = states[id] else { return false }
        let first = states.lastIndex { !$0.isAfter(version.commit, version.window) } ?? 0
        return states[first...].contains { state in
            guard let row = state.row else { return false }
            return (column < row.count ? row[column] : nil) == value
        }
    }

    /// Whether a row was deleted, moved away or truncated after a version.
    func isGone(_ id: String, after version: Version) -> Bool {
        states[id]?.contains { $0.row == nil && $0.isAfter(version.commit, version.window) } ?? false
    }
}

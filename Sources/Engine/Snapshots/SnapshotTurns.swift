internal import Change
internal import Connector
internal import Pipelines

/// Who is read for with whom.
///
/// Sinks that need something at the same time take a turn together, and a sink takes part in one turn at a time. One that
/// cannot keep up leaves its turn, and takes one of its own when it has room again.
struct SnapshotTurns {
    private var waiting: [SnapshotNeed] = []
    /// What is taken up and has no run yet.
    private var ahead: [SnapshotNeed] = []
    /// What sinks that are behind could not take.
    private var postponed: [String: [SnapshotNeed]] = [:]
    /// The turn that a sink takes part in.
    private var turns: [String: Int] = [:]
    private var next = 1

    /// Everything that is needed and has no run.
    var owed: [SnapshotNeed] { ahead + waiting + postponed.values.joined() }

    /// What is needed for the table only when the sink has room again.
    func isPostponed(_ key: SnapshotKey) -> Bool { postponed[key.sink]?.contains { $0.key == key } ?? false }

    mutating func ask(for needs: some Sequence<SnapshotNeed>) { waiting += needs }

    /// Takes up what waits for sinks that have no turn: what a sink needs of a table once, and anew if it was asked for anew.
    ///
    /// - Returns: the number of their turn; nil where nothing waits for them.
    mutating func begin() -> Int? {
        let free = waiting.filter { turns[$0.sink] == nil }
        guard !free.isEmpty else { return nil }
        waiting.removeAll { turns[$0.sink] == nil }
        var needs: [SnapshotKey: SnapshotNeed] = [:]
        for need in free {
            var other = needs[need.key] ?? need
            if need.known == nil { other.known = nil }
            other.findsDeletes = other.findsDeletes || need.findsDeletes
            needs[need.key] = other
        }
        ahead += needs.values
        defer { next += 1 }
        for need in free { turns[need.sink] = next }
        return next
    }

    mutating func end(_ turn: Int) { turns = turns.filter { $0.value != turn } }

    func takesPart(_ sink: String, in turn: Int) -> Bool { turns[sink] == turn }

    /// What a turn has still to do, by tables.
    func needs(in turn: Int) -> [SnapshotNeed] {
        ahead.filter { takesPart($0.sink, in: turn) }.sorted { ($0.table, $0.sink) < ($1.table, $1.sink) }
    }

    /// Takes note that a run of the table begins for a sink, in the place of whatever was owed to it.
    mutating func begun(_ need: SnapshotNeed) {
        postponed[need.sink]?.removeAll { $0.table == need.table }
        ahead.removeAll { $0.key == need.key }
    }

    /// Postpones what is left of a run in a sink, which leaves the turn with everything that is ahead of it.
    mutating func postpone(_ need: SnapshotNeed, leaving turn: Int?) {
        postponed[need.sink, default: []].append(need)
        guard let turn, takesPart(need.sink, in: turn) else { return }
        turns[need.sink] = nil
        postponed[need.sink, default: []] += ahead.filter { $0.sink == need.sink }
        ahead.removeAll { $0.sink == need.sink }
    }

    mutating func takeUpPostponed(in sink: String) { waiting += postponed.removeValue(forKey: sink) ?? [] }
}

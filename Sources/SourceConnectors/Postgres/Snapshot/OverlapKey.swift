internal import Change

/// By which columns the stream and a chunk know the same row.
enum OverlapKey {
    /// The columns that both old and new rows of the stream give; empty where it gives no updates.
    static func columns(of facts: TableFacts) -> [String] {
        guard facts.canPublishUpdates else { return [] }
        let numbers = facts.identity == .full ? facts.primaryKey : facts.identityIndex
        let columns = facts.columns.filter { !$0.isGenerated && (numbers.isEmpty || numbers.contains($0.number)) }
        return columns.map(\.name)
    }
}

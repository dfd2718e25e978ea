internal import Synchronization

extension SinkRunner {
    /// Writes the rows again that depend on rows of other tables which changed, and settles these changes.
    func writeDependents(of triggers: [PendingWrite], _ completer: inout RowCompleter) async throws {
        for var group in DependentGroup.groups(of: triggers) {
            while let rows = try await completer.joins.nextPart(of: &group) {
                guard !rows.isEmpty else { continue }
                book.withLock { $0.register(dependents: rows.count, of: group.mapping, ticket: group.ticket) }
                var rest = rows[...]
                while let writes = try await completer.completeNext(of: &rest) { try await handOn(writes) }
            }
        }
        book.withLock { book in
            for trigger in triggers { book.settleTrigger(trigger) }
        }
        onSettled()
    }
}

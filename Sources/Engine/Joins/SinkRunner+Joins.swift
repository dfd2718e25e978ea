internal import Change
internal import Connector
internal import Synchronization

extension SinkRunner {
    /// Writes the rows again that depend on rows of other tables which changed, and settles these changes.
    ///
    /// - Parameter own: what was handed on together with the changes. A row that has a write there which is not older is
    ///   not written once more: that one was completed when all of the changes were visible.
    func writeDependents(
        of triggers: [PendingWrite], besides own: [PendingWrite], _ completer: inout RowCompleter
    ) async throws {
        let newest = NewestWrites(own)
        for var group in DependentGroup.groups(of: triggers) {
            while var rows = try await completer.joins.nextPart(of: &group) {
                guard !rows.isEmpty else { continue }
                for index in rows.indices { rows[index].isDropped = newest.hasOne(notBefore: rows[index]) }
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

/// The newest version of each sink key in some writes of mappings that look something up.
private struct NewestWrites {
    private struct Place: Hashable {
        var mapping: Int
        var keyHash: UInt64
    }

    private var versions: [Place: Version] = [:]

    init(_ writes: [PendingWrite]) {
        for write in writes where write.plan.joins != nil {
            let place = Place(mapping: write.mapping, keyHash: write.keyHash)
            versions[place] = max(versions[place] ?? write.write.version, write.write.version)
        }
    }

    func hasOne(notBefore write: PendingWrite) -> Bool {
        versions[Place(mapping: write.mapping, keyHash: write.keyHash)].map { $0 >= write.write.version } ?? false
    }
}

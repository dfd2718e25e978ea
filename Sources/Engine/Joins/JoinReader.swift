internal import Change
internal import Connector

/// Reads what look-ups add to rows, and the rows that depend on others, in batches by key.
///
/// Every read waits until all transactions are visible that were handed on before it, not only the one that asks for it:
/// an earlier one may become visible later. What was seen once is seen for ever, so that only those since the last read are
/// asked for. What committed before the stream began has no number here: before its first read, the reader waits until every
/// transaction is over that had begun by then.
struct JoinReader: Sendable {
    private let source: PatientSource
    /// The transactions since the last read that changed something a look-up has to do with.
    private var unseen: Set<UInt64> = []
    /// Whether everything that committed before the stream began is visible.
    private var seesTheBeginning = false
    /// How many dependents are read at once.
    private var reach: ReadReach

    private static let unseenMax = 4_096

    init(source: PatientSource, bytesWanted: Int) {
        self.source = source
        reach = ReadReach(from: 64, to: 8_192, bytesWanted: bytesWanted)
    }

    // MARK: Rows of the mapping

    static func isNeeded(by write: borrowing PendingWrite) -> Bool {
        write.plan.joins != nil && write.write.action != .delete && !write.isDropped
    }

    /// Widens every row whose mapping looks something up. Deletes are widened with nothing.
    mutating func complete(_ writes: inout [PendingWrite]) async throws {
        note(writes)
        let joined = writes.indices.filter { writes[$0].plan.joins != nil && !writes[$0].isDropped }
        for index in joined where writes[index].write.action == .delete {
            guard let joins = writes[index].plan.joins else { continue }
            writes[index].write = writes[index].write.with(row: joins.widened(writes[index].write.row))
        }
        let byPlan = Dictionary(grouping: joined.filter { Self.isNeeded(by: writes[$0]) }) { index in
            ObjectIdentifier(writes[index].plan)
        }
        for indices in byPlan.values.sorted(by: { $0[0] < $1[0] }) { try await complete(indices, of: &writes) }
        if unseen.count > Self.unseenMax, let last = joined.last { try await look(through: writes[last]) }
    }

    /// Takes note of a transaction that changed something without a row to read.
    mutating func note(_ transaction: UInt64) {
        if transaction != 0 { unseen.insert(transaction) }
    }

    private mutating func note(_ writes: [PendingWrite]) {
        for write in writes where write.write.transaction != 0 {
            if write.plan.joins != nil || write.plan.trigger != nil { unseen.insert(write.write.transaction) }
        }
    }

    private mutating func complete(_ indices: [Int], of writes: inout [PendingWrite]) async throws {
        guard let joins = writes[indices[0]].plan.joins else { return }
        var findings = [[JoinFinding]](repeating: [], count: indices.count)
        for lookup in joins.lookups {
            let found = try await find(lookup, for: indices.map { writes[$0].write.row })
            for (place, finding) in found.enumerated() { findings[place].append(finding) }
        }
        for (index, findings) in zip(indices, findings) {
            writes[index].write = writes[index].write.with(row: joins.widened(writes[index].write.row, with: findings))
        }
    }

    private mutating func find(_ lookup: JoinLookup, for rows: [Row]) async throws -> [JoinFinding] {
        var numbers: [[String]: Int] = [:]
        var keys: [[String]] = []
        let places = rows.map { row -> Int? in
            guard let key = lookup.otherKey(of: row) else { return nil }
            if let number = numbers[key] { return number }
            numbers[key] = keys.count
            keys.append(key)
            return keys.count - 1
        }
        var request = LookupRequest(
            schema: lookup.other, keyColumns: lookup.pairs.map(\.other), keys: keys, transactions: unseen.sorted())
        request.wanted = lookup.wanted
        let answers = keys.isEmpty ? [] : try await answers(to: request, lookup.gain)
        return zip(rows, places).map { row, place in
            if let place { return answers[place] }
            return lookup.pairs.contains { row.state($0.own) == .unchanged } ? .unknown : .nothing
        }
    }

    private mutating func answers(to request: LookupRequest, _ gain: JoinLookup.Gain) async throws -> [JoinFinding] {
        try await seeTheBeginning()
        defer { unseen.removeAll() }
        switch gain {
        case .take:
            return try await source.lookup(request).rows.map { rows in rows.first.map { .row($0) } ?? .nothing }
        case .count: return try await source.count(request).map { .count($0) }
        }
    }

    /// Waits until everything is visible, by reading any row.
    private mutating func look(through write: PendingWrite) async throws {
        let schema = write.plan.joins?.own ?? write.write.row.schema
        let key = schema.primaryKey.map { write.write.row.text($0) ?? "" }
        _ = try await source.lookup(
            LookupRequest(schema: schema, keyColumns: schema.primaryKey, keys: [key], transactions: unseen.sorted()))
        unseen.removeAll()
    }

    private mutating func seeTheBeginning() async throws {
        if !seesTheBeginning { try await source.waitForEarlierTransactions() }
        seesTheBeginning = true
    }

    // MARK: Dependents

    /// Reads the next part of the rows that a group of changes concerns; nil when there is none left.
    mutating func nextPart(of group: inout DependentGroup) async throws -> [PendingWrite]? {
        guard !group.isDone else { return nil }
        try await seeTheBeginning()
        let part = try await source.lookupPart(
            group.request(transactions: unseen.sorted()), after: group.place, rowsMax: reach.count)
        unseen.removeAll()
        group.place = part.next
        group.isDone = part.next == nil
        reach.note(bytes: part.rows.reduce(0) { $0 + $1.byteCount }, of: part.rows.count)
        return part.rows.compactMap(group.write)
    }
}

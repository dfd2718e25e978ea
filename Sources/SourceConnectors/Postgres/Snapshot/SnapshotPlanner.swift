internal import Change
internal import Connector
internal import PostgresClient

/// Cuts a table into chunks.
struct SnapshotPlanner {
    let chunkRows: Int
    /// A chunk of wide rows has fewer of them, so that it fits the way to the stream.
    let chunkBytes: Int

    /// Plans a run: P first, so that no transaction committed at or before it can begin after it.
    @available(*, noasync)
    func plan(_ facts: TableFacts, on session: PostgresConnection) throws -> SnapshotPlan {
        let insert = try insertPosition(on: session)
        let rows = rowsPerChunk(facts)
        let cut: SnapshotRanges.Cut
        if let key = Self.key(of: facts) {
            cut = .byKey(key, boundaries: try boundaries(of: facts, key, every: rows, on: session))
        } else if facts.canPublishUpdates {
            cut = .byPage(boundaries: try pages(of: facts, rows, on: session))
        } else {
            cut = .whole
        }
        let ranges = SnapshotRanges(cut: cut, storage: facts.storage)
        return SnapshotPlan(
            table: facts.table, tableID: UInt64(facts.id), commit: insert.commitPositionBefore,
            chunkCount: ranges.chunkCount, rowsEstimated: facts.rowsEstimated, bytesEstimated: facts.bytesEstimated,
            isResumable: ranges.isResumable, ranges: try ranges.text())
    }

    /// Plans a run of single rows by the values of their primary key, or of their identity where there is none.
    @available(*, noasync)
    func plan(_ facts: TableFacts, keys: [[String]], on session: PostgresConnection) throws -> SnapshotPlan {
        let insert = try insertPosition(on: session)
        let numbers = facts.primaryKey.isEmpty ? facts.identityIndex : facts.primaryKey
        let columns = numbers.compactMap { number in facts.columns.first { $0.number == number } }
        guard !columns.isEmpty, keys.allSatisfy({ $0.count == columns.count }) else {
            throw MillraceError(
                .sourceRejected, "rows of the table cannot be read again one by one: it has no key",
                place: "\(facts.table)")
        }
        let key = columns.map { SnapshotRanges.KeyColumn(name: $0.name, cast: $0.castName) }
        let ranges = SnapshotRanges(cut: .keys(key, keys), storage: facts.storage)
        return SnapshotPlan(
            table: facts.table, tableID: UInt64(facts.id), commit: insert.commitPositionBefore,
            chunkCount: ranges.chunkCount, rowsEstimated: keys.count, bytesEstimated: 0, isResumable: false,
            ranges: try ranges.text())
    }

    private func insertPosition(on session: PostgresConnection) throws -> LSN {
        guard let insert = try session.query("SELECT pg_current_wal_insert_lsn()").scalar.flatMap({ LSN($0) }) else {
            throw CatalogError.noRow("log")
        }
        return insert
    }

    /// The columns that a table is cut by: its replica identity, or the primary key where that is the whole row. Nil
    /// where the stream gives no updates, or where a column is not published.
    static func key(of facts: TableFacts) -> [SnapshotRanges.KeyColumn]? {
        guard facts.canPublishUpdates else { return nil }
        let numbers = facts.identity == .full ? facts.primaryKey : facts.identityIndex
        let columns = numbers.compactMap { number in facts.columns.first { $0.number == number && !$0.isGenerated } }
        guard !columns.isEmpty, columns.count == numbers.count else { return nil }
        return columns.map { .init(name: $0.name, cast: $0.castName) }
    }

    private func rowsPerChunk(_ facts: TableFacts) -> Int {
        guard facts.rowsEstimated > 0 else { return chunkRows }
        let width = max(1, facts.bytesEstimated / facts.rowsEstimated)
        return max(100, min(chunkRows, chunkBytes / width))
    }

    /// Every n-th key in the key's order, each found from the one before: one walk over the key's index, which need not
    /// number the rows. Which snapshot they come from does not matter: the chunks between any boundaries hold every
    /// row once.
    private func boundaries(
        of facts: TableFacts, _ key: [SnapshotRanges.KeyColumn], every rows: Int, on session: PostgresConnection
    ) throws -> [[String]] {
        let columns = try key.map { try Quoting.quoted(identifier: $0.name) }
        let names = columns.joined(separator: ", ")
        let last = columns.map { "millrace_last.\($0)" }.joined(separator: ", ")
        let table = try facts.from()
        try session.execute(
            """
            BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
            SET LOCAL row_security = off;
            SET LOCAL enable_seqscan = off;
            """)
        var boundaries: [[String]] = []
        try session.copyOut(
            """
            COPY (
                WITH RECURSIVE millrace_last AS (
                    (SELECT \(names) FROM \(table) ORDER BY \(names) OFFSET \(rows) LIMIT 1)
                    UNION ALL
                    SELECT following.* FROM millrace_last CROSS JOIN LATERAL (
                        SELECT \(names) FROM \(table) WHERE (\(names)) > (\(last))
                        ORDER BY \(names) OFFSET \(rows - 1) LIMIT 1
                    ) AS following
                ) SELECT \(names) FROM millrace_last
            ) TO STDOUT
            """
        ) { line in
            var batch = ChangeBatch()
            let first = try CopyTextDecoder.decode(line, columns: key.count, into: &batch)
            boundaries.append(
                (0..<key.count).map { column in
                    let slot = batch.slots[first + column]
                    return String(
                        decoding: batch.bytes[Int(slot.offset)..<Int(slot.offset) + slot.length], as: UTF8.self)
                })
        }
        try session.execute("COMMIT")
        return boundaries
    }

    private func pages(of facts: TableFacts, _ rows: Int, on session: PostgresConnection) throws -> [UInt32] {
        let blocks =
            try session.query(
                """
                SELECT COALESCE(max(pg_relation_size(relid) / current_setting('block_size')::int), 0)
                FROM (SELECT $1::regclass AS relid UNION SELECT relid FROM pg_partition_tree($1::regclass)) parts
                """, [String(facts.id)]
            ).scalar.flatMap { UInt32($0) } ?? 0
        let chunks = UInt32(clamping: max(1, facts.rowsEstimated / rows))
        let step = max(1, blocks / chunks)
        return Array(stride(from: step, to: max(step, blocks), by: Int(step)))
    }
}

extension TableFacts {
    /// The table in a FROM clause: children by inheritance are tables of their own, partitions are not.
    func from() throws -> String {
        let name = try Quoting.quoted(namespace: table.namespace, name: table.name)
        return kind == .partitioned ? name : "ONLY \(name)"
    }
}

internal import Change
public import Connector
internal import GRDB

extension SQLiteCheckpointStore: ParkedChangeStore {
    public func parkedChanges(_ selection: ParkedSelection) throws -> [ParkedRecord] {
        try read { database in
            try selection.rows(from: database).map(Self.record)
        }
    }

    public func parkedCount(_ selection: ParkedSelection) throws -> Int {
        let (condition, arguments) = selection.condition
        return try read { database in
            try Int.fetchOne(
                database, sql: "SELECT count(*) FROM parked WHERE \(condition)", arguments: arguments) ?? 0
        }
    }

    public func markReplayed(_ numbers: Set<Int64>, at time: Int64) throws {
        try change { transaction in
            for row in try ParkedSelection(numbers: numbers).rows(from: transaction.database) {
                try transaction.markReplayed(row, at: time)
            }
        }
    }

    public func discardParked(_ selection: ParkedSelection) throws -> Int {
        try change { transaction in
            let rows = try selection.rows(from: transaction.database)
            for row in rows { try transaction.remove(row, from: StoreFormat.parked) }
            return rows.count
        }
    }

    private static func record(_ row: StoreRow) throws -> ParkedRecord {
        let kind = try UInt8(exactly: row.number("kind")).flatMap(ChangeKind.init(rawValue:)).orTorn()
        let position = Position(commit: try row.bits("commit_position"), ordinal: try row.bits("ordinal"))
        let change = ParkedChange(
            sink: try row.text("sink"), mapping: try row.text("mapping"),
            table: TableName(namespace: try row.text("namespace"), name: try row.text("name")),
            reason: try row.text("reason"), version: Version(rawValue: try row.number("version")),
            position: position, kind: kind, keyJSON: try row.text("key"), envelopeJSON: try row.text("envelope"),
            parkedAt: try row.number("parked_at"))
        return ParkedRecord(
            number: try row.number("number"), change: change, replayedAt: try row.numberIfAny("replayed_at"))
    }
}

extension ParkedSelection {
    /// The selection as a condition over the table `parked`, without its limit.
    fileprivate var condition: (sql: String, arguments: StatementArguments) {
        var parts = ["number > ?"]
        var arguments: StatementArguments = [after]
        if let numbers {
            parts.append("number IN (\(numbers.map { String($0) }.joined(separator: ", ")))")
        }
        if let sink {
            parts.append("sink = ?")
            arguments += [sink]
        }
        if let table {
            parts.append("namespace = ? AND name = ?")
            arguments += [table.namespace, table.name]
        }
        if !includesReplayed { parts.append("replayed_at IS NULL") }
        return (parts.joined(separator: " AND "), arguments)
    }

    fileprivate func rows(from database: Database) throws -> [StoreRow] {
        let (condition, arguments) = condition
        let bound = limit.map { " LIMIT \(max(0, $0))" } ?? ""
        return try StoreFormat.parked.fetchAll(
            from: database, where: "\(condition) ORDER BY number\(bound)", arguments: arguments)
    }
}

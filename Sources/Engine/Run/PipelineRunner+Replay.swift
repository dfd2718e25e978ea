public import Connector
internal import Change
internal import Foundation
internal import Logging

extension PipelineRunner {
    /// Applies parked changes by reading their rows again; the old envelopes are never sent. Returns when every row is
    /// settled: applied, or parked once more under a new number.
    ///
    /// - Parameter records: parked changes of one table and one sink.
    /// - Throws: ``Connector/MillraceError`` with the code `configuration` for rows that cannot be found by a key.
    public func replay(_ records: [ParkedRecord]) async throws {
        guard let first = records.first?.change else { return }
        precondition(
            records.allSatisfy { $0.change.table == first.table && $0.change.sink == first.sink },
            "a replay is of one table and one sink")
        let keys = try primaryKeys(of: records)
        try await reread(keys, of: first.table, in: first.sink)
        logger.notice(
            "replayed parked changes",
            metadata: [
                "sink": "\(first.sink)", "table": "\(first.table)", "changes": "\(records.count)",
                "rows": "\(keys.count)",
            ])
    }

    /// The primary keys of the rows of parked changes of one table, each once.
    ///
    /// - Throws: ``Connector/MillraceError`` with the code `configuration` for rows that cannot be found by a key.
    public func primaryKeys(of records: [ParkedRecord]) throws -> [[String]] {
        guard let first = records.first?.change else { return [] }
        guard first.kind != .message else {
            throw MillraceError(
                .configuration,
                "a message stands in the source's log alone and cannot be read again: `millrace parked show` has what it "
                    + "held; then discard it")
        }
        let names = try primaryKey(of: first.table)
        var keys: [[String]] = []
        var seen: Set<[String]> = []
        for record in records {
            let key = try Self.key(of: record, by: names)
            if seen.insert(key).inserted { keys.append(key) }
        }
        return keys
    }

    private func primaryKey(of table: TableName) throws -> [String] {
        guard let schema = tables.first(where: { $0.table == table }) else {
            throw MillraceError(
                .configuration, "the pipeline does not read the table any more; discard its parked changes",
                place: table.description)
        }
        guard !schema.primaryKey.isEmpty else {
            throw MillraceError(
                .configuration, "the table has no primary key to find a row by; use `millrace snapshot`, then discard",
                place: table.description)
        }
        return schema.primaryKey.map { schema.columns[$0].name }
    }

    private static func key(of record: ParkedRecord, by names: [String]) throws -> [String] {
        let cells = try? JSONDecoder().decode([String: String?].self, from: Data(record.change.keyJSON.utf8))
        return try names.map { name in
            guard case .some(.some(let cell)) = cells?[name] else {
                throw MillraceError(
                    .configuration,
                    "parked change \(record.number) does not hold the primary key as it is now; discard it, or use "
                        + "`millrace snapshot`", place: record.change.table.description)
            }
            return cell
        }
    }
}

import Change
import Connector
import Testing

@testable import SourceConnectors

enum Convergence {
    /// Waits until the stream has brought everything that is committed now, and compares the table with what two sinks
    /// hold: one that applies everything in order, and one that compares versions.
    static func check(
        _ running: Running, _ database: Database, table: String, keyColumns: Int, columns: String,
        sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) async throws {
        let written = try await database.scalar("SELECT pg_current_wal_insert_lsn() - '0/0'")
        let position = try #require(written.flatMap { UInt64($0) })
        let record = try await running.recorder.wait { ($0.transactions.last?.end ?? 0) >= position }
        var expected: [[String]: [String]] = [:]
        for row in try await database.query("SELECT \(columns) FROM \(table)") {
            let cells = row.map { $0 ?? "∅" }
            expected[Array(cells.prefix(keyColumns))] = cells
        }
        report(record.table(table, keyColumns: keyColumns), expected, "a sink in order", sourceLocation)
        report(record.guarded(table, keyColumns: keyColumns), expected, "a sink with versions", sourceLocation)
    }

    private static func report(
        _ found: [[String]: [String]], _ expected: [[String]: [String]], _ sink: String,
        _ sourceLocation: Testing.SourceLocation
    ) {
        let missing = expected.keys.filter { found[$0] == nil }.prefix(3)
        let extra = found.keys.filter { expected[$0] == nil }.prefix(3)
        let different = found.keys.filter { expected[$0] != nil && expected[$0] != found[$0] }.prefix(3)
        #expect(
            missing.isEmpty && extra.isEmpty && different.isEmpty,
            "\(sink): missing \(missing), extra \(extra), different \(different)", sourceLocation: sourceLocation)
    }
}

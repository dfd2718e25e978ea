import Change
import Connector
import ConnectorTestKit
import Logging
import Testing

@testable import SinkConnectors

@Suite struct DiscardSinkTests {
    private let schema = TableSchema.forTest(columns: [("id", .int64), ("name", .text)], key: ["id"])

    private func makeMapping(_ sink: DiscardSink) throws -> any RowMapping {
        try sink.makeMapping(
            MappingRequest(
                name: "things", schema: schema,
                outputs: [OutputField(name: "id", column: 0), OutputField(name: "name", column: 1)],
                options: OptionValues(at: SourceLocation(file: "test.yaml", line: 1, column: 1))))
    }

    private func makeWrite(
        _ mapping: any RowMapping, _ texts: [String?], action: SinkWrite.Action = .upsert
    ) -> SinkWrite {
        SinkWrite(
            mapping: mapping, action: action, row: Row(schema: schema, texts: texts), version: Version(rawValue: 1),
            position: Position(commit: 1), kind: .insert, committedAt: 0, transaction: 0)
    }

    @Test func theChecksumDoesNotDependOnTheOrderOfRows() async throws {
        let rows: [[String?]] = [["1", "a"], ["2", nil], ["3", ""]]
        var totals: [DiscardTotals] = []
        for order in [rows, rows.reversed()] {
            let sink = DiscardSink(lanes: 2, logger: Logger(label: "test"))
            let mapping = try makeMapping(sink)
            let results = try await sink.apply(order.map { makeWrite(mapping, $0) }, lane: 0)
            #expect(results.count == rows.count)
            totals.append(sink.totals)
        }
        #expect(totals[0] == totals[1])
        #expect(totals[0].upserts == 3)
        #expect(totals[0].bytes == 4)
    }

    @Test func everyCellAndItsStateCountsInTheChecksum() async throws {
        var checksums: Set<UInt64> = []
        for texts: [String?] in [["1", "a"], ["1", "b"], ["1", nil], ["1", ""], ["1a", ""], ["2", "a"]] {
            let sink = DiscardSink(lanes: 1, logger: Logger(label: "test"))
            _ = try await sink.apply([makeWrite(try makeMapping(sink), texts)], lane: 0)
            checksums.insert(sink.totals.checksum)
        }
        #expect(checksums.count == 6)
    }

    @Test func rowsAreKeyedByTheirIdentityAndCellsDoNotRunTogether() throws {
        let sink = DiscardSink(lanes: 1, logger: Logger(label: "test"))
        let mapping = try makeMapping(sink)
        var keys: Set<[UInt8]> = []
        for id in ["1", "11", "12"] {
            var key: [UInt8] = []
            try mapping.appendKey(of: Row(schema: schema, texts: [id, "same"]), to: &key)
            keys.insert(key)
        }
        #expect(keys.count == 3)
        #expect(!mapping.isAppending)
    }

    @Test func rowsOfATableWithoutAKeyAreNotFolded() throws {
        let keyless = TableSchema.forTest(columns: [("line", .text)], key: [], identity: .nothing)
        let mapping = DiscardMapping(
            MappingRequest(
                name: "lines", schema: keyless, outputs: [OutputField(name: "line", column: 0)],
                options: OptionValues(at: SourceLocation(file: "test.yaml", line: 1, column: 1))))
        #expect(mapping.isAppending)
    }
}

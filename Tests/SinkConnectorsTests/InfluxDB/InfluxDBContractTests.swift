import Change
import Connector
import ConnectorTestKit
import Testing

@testable import SinkConnectors

@Suite("InfluxDB keeps the contract of sinks without versions", .enabled(if: InfluxDBLab.isWanted))
struct InfluxDBContractTests {
    @Test(arguments: ["delete", "mark"])
    func everyCheckPasses(_ departure: String) async throws {
        for check in SinkContract.unguardedChecks {
            try await InfluxDBLab.run { lab in
                try await lab.withSink { sink in
                    let mapping = try sink.makeMapping(ContractRow.request(options: options(lab, departure)))
                    try await sink.prepare([mapping])
                    let subject = ContractSubject(
                        sink: sink, mapping: mapping, pipeline: lab.name, largestName: 60_000,
                        read: { try await read($0, lab) }, render: { "\($0.name ?? "-")|\($0.number)" })
                    do {
                        try await check.run(subject)
                    } catch {
                        Issue.record(error, "\(departure): \(check.name)")
                    }
                }
            }
        }
    }

    private func options(_ lab: InfluxDBLab, _ departure: String) -> OptionValues {
        .test([
            "measurement": .text(lab.name), "mode": .text("rows"), "time": .text("later"), "tags": .list([.text("id")]),
            "odd_tags": .text("replace"), "on_delete": .text(departure),
        ])
    }

    private func read(_ id: String, _ lab: InfluxDBLab) async throws -> String? {
        // What no tag can hold is replaced, as the mapping says.
        let bytes = Array(id.utf8)
        let tag = bytes.indices.map { LineText.isOdd(bytes.span, at: $0) ? UInt8(ascii: "_") : bytes[$0] }
        let table = try await lab.query(
            "SELECT * FROM \(InfluxQL.name(lab.name)) WHERE \"id\" = \(InfluxQL.text(String(decoding: tag, as: UTF8.self)))"
        )
        guard let row = table.rows.first else { return nil }
        #expect(table.rows.count == 1)
        func value(_ column: String) -> QueryCell? { table.index(of: column).map { row[$0] } }
        if value("deleted")?.boolean == true { return nil }
        let isNull = value("name_null")?.boolean == true
        return "\(isNull ? "-" : value("name")?.text ?? "-")|\(value("number")?.integer.map { "\($0)" } ?? "-")"
    }
}

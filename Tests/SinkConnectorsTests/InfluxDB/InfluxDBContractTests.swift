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
                        read: { try await read($0, lab) }, render: { "\($0.name ?? "-")|\($0.number)" },
                        corrupt: { try await damage($0, $1, departure, lab) })
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

    /// What somebody does to the point of one row of the contract's table.
    private func damage(
        _ corruption: ContractCorruption, _ id: String, _ departure: String, _ lab: InfluxDBLab
    ) async throws -> ContractCorruption.Effect? {
        let time = 4_102_444_800_000_000_000
        let series = String(decoding: LineText.measurement(lab.name), as: UTF8.self) + ",id=\(id)"
        func write(_ fields: String) async throws {
            let answer = try await lab.client.write(Array("\(series) \(fields) \(time)".utf8))
            try InfluxDBAnswers.requireSuccess(answer, doing: "damaging")
        }
        func drop() async throws {
            _ = try await lab.client.query(
                "DELETE FROM \(InfluxQL.name(lab.name)) WHERE time = \(time) AND \"id\" = \(InfluxQL.text(id))",
                doing: "damaging")
        }
        switch corruption {
        case .drop:
            try await drop()
            return .missing
        case .changedColumn: try await write("name=\"Whole\"")
        case .lostColumn:
            try await drop()
            let deleted = departure == "mark" ? "deleted=false," : ""
            try await write("millrace_version=5i,\(deleted)name_null=false,number=12i,number_null=false")
        case .extraField:
            // Others may write what the mapping does not.
            try await write("other=1")
            return .equal
        case .otherText: try await write("number=13i")
        case .lostGuard:
            try await drop()
            try await write("name=\"whole\",name_null=false,number=12i,number_null=false")
        case .deletedGuard:
            guard departure == "mark" else { return nil }
            try await write("deleted=true")
            return .missing
        case .otherType, .foreignGuard, .otherLifetime: return nil
        }
        return .different
    }
}

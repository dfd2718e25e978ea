import Change
import Connector
import ConnectorTestKit
import Testing

@testable import SinkConnectors

@Suite("InfluxDB, the lab's server", .enabled(if: InfluxDBLab.isWanted))
struct InfluxDBLiveTests {
    let table = PointTable([
        ("id", .int32), ("at", .timestamp), ("status", .text), ("total", .decimal(precision: 10, scale: 2)),
    ])

    @Test func aReplayOfEventsWritesTheSamePoints() async throws {
        try await InfluxDBLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try table.mapping(of: sink, measurement: lab.name, ["tags": .list([.text("status")])])
                // Many transactions of one microsecond, and one with thousands of changes.
                var writes = (0..<300).map { number in
                    table.write(
                        mapping, ["\(number)", nil, "paid", "\(number).50"], .append,
                        commit: 1000 + UInt64(number) * 7)
                }
                writes += (0..<3000).map { number in
                    table.write(
                        mapping, ["\(number)", nil, "paid", "1.00"], .append, kind: .update, commit: 9000,
                        ordinal: UInt64(number))
                }
                for _ in 0..<2 {
                    let results = try await sink.apply(writes, lane: 0)
                    #expect(results.allSatisfy { $0.word == "applied" })
                    let counts = try await lab.query(
                        "SELECT COUNT(\"id\"), SUM(\"total\") FROM \(InfluxQL.name(lab.name))")
                    #expect(counts.rows.first?[1].integer == 3300)
                    #expect(counts.rows.first?[2].integer == Int64(300 * 299 / 2 + 150 + 3000))
                }
            }
        }
    }

    @Test func aLineThatTheServerRefusesIsFoundByHalvesAndTheOthersAreWritten() async throws {
        try await InfluxDBLab.run { lab in
            try await lab.withSink { sink in
                let floats = try table.mapping(
                    of: sink, measurement: lab.name, ["types": .map(["status": .text("text")])])
                _ = try await sink.apply([table.write(floats, ["0", nil, "text", "1"], .append)], lane: 0)
                let other = PointTable([("id", .int32), ("at", .timestamp), ("status", .float64)])
                let mapping = try other.mapping(of: sink, measurement: lab.name, [:])
                var pending = (1...9).map { number in
                    other.write(
                        mapping, ["\(number)", nil, number == 4 ? "1.5" : nil], .append, commit: 100 + UInt64(number))
                }[...]
                var parked = 0
                var size = pending.count
                while !pending.isEmpty {
                    let part = Array(pending.prefix(size))
                    let results = try await sink.apply(part, lane: 0)
                    if results.contains(where: { $0.word == "split" }) {
                        size = max(1, size / 2)
                        continue
                    }
                    let words = results.filter { $0.word == "park" }
                    #expect(
                        words.allSatisfy { $0.reason == "a field has another type in the measurement (field status)" },
                        "\(words)")
                    parked += words.count
                    pending = pending.dropFirst(part.count)
                }
                #expect(parked == 1)
                let counts = try await lab.query("SELECT COUNT(\"id\") FROM \(InfluxQL.name(lab.name))")
                #expect(counts.rows.first?[1].integer == 9)
                #expect(await sink.check([mapping]).contains { $0.message.contains("has the field status as string") })
            }
        }
    }

    @Test(arguments: ["delete", "mark"])
    func aRowThatMovesLeavesItsPoint(_ policy: String) async throws {
        try await InfluxDBLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try table.mapping(
                    of: sink, measurement: lab.name,
                    [
                        "mode": .text("rows"), "time": .text("at"), "tags": .list([.text("status")]),
                        "spread": .boolean(true), "on_move": .text(policy),
                    ])
                let time = "2024-01-01 00:00:00.000001"
                // A neighbour of the same time and tags stays.
                _ = try await sink.apply(
                    [
                        table.write(mapping, ["1", time, "pending", "9.99"]),
                        table.write(mapping, ["2", time, "pending", "1.00"]),
                        table.write(mapping, ["3", time, nil, "5.00"]),
                    ], lane: 0)
                let results = try await sink.apply(
                    [
                        table.write(mapping, ["1", time, "pending", "9.99"], .delete, kind: .update),
                        table.write(mapping, ["1", time, "paid", "9.99"], kind: .update),
                        table.write(mapping, ["3", time, nil, "5.00"], .delete, kind: .update),
                        table.write(mapping, ["3", time, "paid", "5.00"], kind: .update),
                    ], lane: 0)
                #expect(results.allSatisfy { $0.word == "applied" })
                let undeleted = policy == "mark" ? " WHERE \"deleted\" = false" : ""
                let found = try await lab.query(
                    "SELECT \"id\", \"status\" FROM \(InfluxQL.name(lab.name))\(undeleted)")
                let rows = found.rows.map { "\($0[1].integer ?? 0) \($0[2].text ?? "-")" }.sorted()
                #expect(rows == ["1 paid", "2 pending", "3 paid"])
            }
        }
    }

    @Test func hostileTextStaysAValue() async throws {
        try await InfluxDBLab.run { lab in
            try await lab.withSink { sink in
                let texts = PointTable([("id", .int32), ("tag", .text), ("field", .text)])
                let mapping = try texts.mapping(
                    of: sink, measurement: lab.name, ["tags": .list([.text("tag")]), "odd_tags": .text("replace")])
                let hostile = [
                    "a,b=c d", "\"", "\\", "\\\"", "x\\", "a\\,b", "line\nline", "\r\n", "\u{0}", "🦀 é", "=", ",", "#",
                    "'; DROP DATABASE shop; --", "m,t=x v=1i 1\nm,t=y v=2i 2", "a\\nb", "C:\\dir",
                ]
                for (number, text) in hostile.enumerated() {
                    let write = texts.write(mapping, ["\(number)", text, text], .append, commit: UInt64(number + 1))
                    #expect(try await sink.apply([write], lane: 0).map(\.word) == ["applied"])
                }
                let found = try await lab.query("SELECT \"id\", \"field\", \"tag\" FROM \(InfluxQL.name(lab.name))")
                #expect(found.rows.count == hostile.count)
                for row in found.rows {
                    let text = hostile[Int(row[1].integer ?? 0)]
                    #expect(row[2].text == text)
                    let bytes = Array(text.utf8)
                    let isOdd = bytes.indices.contains { LineText.isOdd(bytes.span, at: $0) }
                    if !isOdd { #expect(row[3].text == text) }
                }
            }
        }
    }

    @Test func aDatabaseThatIsNotThereIsNamedByCheckAndStopsTheSink() async throws {
        let lab = try InfluxDBLab()
        let sink = try InfluxDBSink.test(["url": .secret(Secret(lab.url + "-of-nobody"))])
        let mapping = try table.mapping(of: sink, [:])
        #expect(await sink.check([mapping]).contains { $0.severity == .error && $0.message.contains("does not exist") })
        let error = await #expect(throws: MillraceError.self) { try await sink.open() }
        #expect(error?.code == .sinkRejected)
        let results = try await sink.apply([table.write(mapping, ["1", nil, "x", "1"], .append)], lane: 0)
        #expect(results.map(\.word) == ["stop"])
        await sink.close()
        await lab.client.close()
    }
}

import Change
import ConnectorTestKit
import Foundation
import Testing
import Wire

/// The real server has the last word on what a cell looks like, and an opinion of its own on what it means.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil))
struct ServerCellTests {
    @Test func everyCapturedCellIsWhatTheServerPrints() throws {
        let statements = CapturedCell.all.map { "SELECT to_json((\($0.sql))::text);" }
        let lines = try query(statements.joined(separator: "\n"))
        try #require(lines.count == CapturedCell.all.count)
        for (line, captured) in zip(lines, CapturedCell.all) {
            let cell = try JSONSerialization.jsonObject(with: Data(line.utf8), options: .fragmentsAllowed)
            #expect(cell as? String == captured.cell, "\(captured.sql)")
        }
    }

    @Test func theServerCountsTheSameMicrosecondsInRandomTimestamps() throws {
        let lines = try query(
            """
            SELECT setseed(0.5);
            SELECT t::text || '|' || t::date::text || '|' || (extract(epoch from t) * 1000000)::numeric(30,0)
              || '|' || (t::date - '1970-01-01'::date)
            FROM (SELECT '4713-01-01 BC'::timestamp + random() * 298988 * 365.2425 * interval '1 day' AS t
                  FROM generate_series(1, 5000)) AS random;
            """
        )
        try #require(lines.count == 5000)
        for line in lines {
            let parts = line.split(separator: "|").map(String.init)
            #expect(
                try Value(parsing: parts[0], as: .timestamp) == .timestamp(.at(#require(Int128(parts[2])))), "\(line)")
            #expect(try Value(parsing: parts[1], as: .date) == .date(.at(#require(Int128(parts[3])))), "\(line)")
        }
    }

    @Test func theServerSeesTheSameArraysAndRowsAsJSON() throws {
        let character = #"substr(E'a1 "\\,{}()[]é\n', 1 + (random() * 13)::int, 1)"#
        let word =
            "CASE WHEN random() < 0.1 THEN NULL WHEN random() < 0.1 THEN 'NULL' ELSE \(character) || \(character) END"
        let lines = try query(
            """
            SELECT setseed(0.25);
            CREATE TEMPORARY TABLE words AS SELECT \(word) AS a, \(word) AS b, \(word) AS c, (random() * 100)::int AS n
              FROM generate_series(1, 3000);
            SELECT json_build_array(array[a, b, c]::text, to_json(array[a, b, c]), row(a, n, array[b, c])::text,
              json_build_object('a', a, 'n', n, 'list', array[b, c]))
            FROM words;
            """
        )
        try #require(lines.count == 3000)
        let composite = DataType.composite(fields: [
            .init(name: "a", type: .text), .init(name: "n", type: .int32), .init(name: "list", type: .array(of: .text)),
        ])
        for line in lines {
            let parts = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [Any])
            let array = try #require(parts[0] as? String)
            let row = try #require(parts[2] as? String)
            #expect(try object(array, .array(of: .text)).isEqual(parts[1]), "\(line)")
            #expect(try object(row, composite).isEqual(parts[3]), "\(line)")
        }
    }

    @Test func theServerOrdersRandomNumbersTheSameWay() throws {
        let number = "((random() - 0.5) * 10 ^ (random() * 40 - 20))::numeric::text"
        let lines = try query(
            """
            SELECT setseed(0.75);
            SELECT a || '|' || b || '|' || CASE WHEN a::numeric < b::numeric THEN '<' WHEN a::numeric = b::numeric THEN '='
              ELSE '>' END
            FROM (SELECT \(number) AS a, \(number) AS b FROM generate_series(1, 5000)) AS random;
            """
        )
        try #require(lines.count == 5000)
        for line in lines {
            let parts = line.split(separator: "|").map(String.init)
            let (left, right) = try (#require(ExactDecimal(parts[0])), #require(ExactDecimal(parts[1])))
            #expect((left < right ? "<" : left == right ? "=" : ">") == parts[2], "\(line)")
            #expect(left.description == parts[0])
        }
    }

    private func object(_ cell: String, _ type: DataType) throws -> NSObject {
        var json: [UInt8] = []
        try type.appendJSON(of: cell.utf8.span, to: &json)
        return try #require(JSONSerialization.jsonObject(with: Data(json)) as? NSObject)
    }

    /// Runs statements in psql and returns the lines it prints.
    private func query(_ sql: String) throws -> [String] {
        let process = Process()
        let url = ProcessInfo.processInfo.environment["SHOP_POSTGRES"]
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1",
            "--dbname=\(try #require(url))",
        ]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        // The statements fit the buffer of the pipe, so that writing them never waits for psql.
        input.fileHandleForWriting.write(Data((CapturedCell.settings + "\n" + sql).utf8))
        try input.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.drain(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return text.split(separator: "\n").map(String.init)
    }
}

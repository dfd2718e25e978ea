import ConnectorTestKit
import Foundation
import Testing

extension UnderFire {
    /// Names and values made to break protocols, statements, templates and logs arrive as they are, and break nothing.
    @Suite struct HostileDataTests {
        /// Between them everything that ends, escapes or substitutes something anywhere.
        private static let texts = [
            "\r\n*1\r\n$8\r\nFLUSHALL\r\n", "+OK\r\n:1\r\n", "$-1\r\n", "'; DROP TABLE users; --",
            "$$; DROP TABLE users; $$",
            "{\"index\":{\"_index\":\"evil\"}}\n{\"a\":1}\n", "\"}}\n{\"delete\":{\"_id\":\"1\"}}\n", "${SHOP_REDIS}",
            "$SHOP_REDIS",
            "{id}", "{{id}}", "{name}", "}", "{", "%s%n%d%p", "%00", "\\", "\\\\", "\\'", "\\\"", "\"", "'", "`", "\\N",
            "\\.",
            "\\x41", "\\u0041", "NULL", "null", "true", "1e999", "\u{1B}[31mred\u{1B}]0;owned\u{7}", "\u{202E}gnp.exe",
            "a\u{200B}b\u{FEFF}", "e\u{301}", "\u{E9}", "\u{1}\u{2}\u{1F}\u{7F}\u{80}\u{9B}", "\u{2028}\u{2029}\u{85}",
            "\u{FFFE}\u{FFFF}x\u{10FFFD}", " lead", "trail ", "\t", "\n", "../../etc/passwd", "*", "?[a-z]*", "a:b:c",
            "#!yaml: &a *a",
            "<script>alert(1)</script>", "日本語😀👩‍👩‍👧",
        ]

        private static let table = "t\"a'b\\c{d}${E}%s\u{1B}[31m\r\n;--\u{202E}é"
        private static let columns = [
            "q\"uote", "ap'os", "back\\slash", "li\r\nne", "{brace}", "${VAR}", "%s%n", "\u{1B}[31m", "co,mma: *",
            "sp ace", "SELECT",
            String(repeating: "é", count: 31) + "x", "日本", "\u{202E}rtl", "a;--",
        ]

        @Test func hostileNamesAndValuesArriveAsTheyAre() async throws {
            try await FirePipeline.run { fire in
                try await create(fire)
                let file = try write(pipelineInto: fire.shop)
                let process = try fire.shop.start([file])
                fire.adopt(process)
                try await fire.catchUp()
                try await insert(Self.texts.indices.filter { $0 % 2 == 1 }, fire)
                try await fire.shop.sql("UPDATE \(quoted(Self.table)) SET note = note || note WHERE id % 3 = 0")
                try await fire.shop.sql("DELETE FROM \(quoted(Self.table)) WHERE id % 11 = 10")
                try await fire.catchUp()

                let rows = try await source(fire)
                #expect(rows.count == Self.texts.indices.filter { $0 % 11 != 10 }.count)
                let inRedis = differences(try await redis(fire), rows)
                #expect(inRedis == [])
                let inElasticsearch = differences(try await elasticsearch(fire), rows)
                #expect(inElasticsearch == [])
                #expect(await process.end(with: SIGTERM) == 0, "\(process.output.suffix(2_000))")
                for line in process.output.split(separator: "\n") {
                    #expect(
                        !line.unicodeScalars.contains {
                            $0.properties.generalCategory == .control || $0.value == 0x202E
                        })
                    let isJSON = (try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil
                    #expect(isJSON || !line.hasPrefix("{"), "\(line)")
                }
                #expect(process.output.contains("31m"), "the table is named in the log")
                // Nothing that was injected has happened.
                #expect(try await fire.shop.redis("EXISTS", "millrace:hostile:redis:marker") == "1")
                #expect(try await fire.shop.sql("SELECT count(*) FROM users") == "\(Scale.rows(200))")
            }
        }

        private var columnList: [String] { ["name", "note"] + Self.columns }

        private func create(_ fire: FirePipeline) async throws {
            let definitions = columnList.map { "\(quoted($0)) text" }.joined(separator: ", ")
            try await fire.shop.sql("CREATE TABLE \(quoted(Self.table)) (id int PRIMARY KEY, \(definitions))")
            try await fire.shop.sql("ALTER TABLE \(quoted(Self.table)) REPLICA IDENTITY FULL")
            try await insert(Self.texts.indices.filter { $0 % 2 == 0 }, fire)
        }

        /// Each row has a text of its own for a key, and others in its further columns.
        private func insert(_ numbers: [Int], _ fire: FirePipeline) async throws {
            let rows = numbers.map { number in
                let values = columnList.indices.map { column in
                    literal(Self.texts[column == 0 ? number : (number + column * 7) % Self.texts.count])
                }
                return "(\(number), \(values.joined(separator: ", ")))"
            }
            try await fire.shop.sql("INSERT INTO \(quoted(Self.table)) VALUES \(rows.joined(separator: ", "))")
        }

        private func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }
        private func literal(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }

        private func write(pipelineInto shop: Shop) throws -> String {
            let name = try yaml("public.\(quoted(Self.table))")
            let text = """
                format: 1
                pipeline: hostile
                source:
                  postgres:
                    url: ${SHOP_POSTGRES}
                    tables: [\(name)]
                sinks:
                  - redis:
                      url: ${SHOP_REDIS}
                      write:
                        - from: \(name)
                          name: rows
                          hash: "h:{name}"
                  - elasticsearch:
                      url: ${SHOP_ELASTICSEARCH}
                      write:
                        - from: \(name)
                          name: documents
                          index: hostile
                          id: "{name}"
                """
            let file = shop.folder.appendingPathComponent("hostile.yaml")
            try text.write(to: file, atomically: true, encoding: .utf8)
            return file.path
        }

        /// A text of JSON is one of YAML. A dollar before a brace is doubled, so that no variable is meant.
        private func yaml(_ text: String) throws -> String {
            let doubled = text.replacing("${", with: "$${")
            let encoder = JSONEncoder()
            encoder.outputFormatting = .withoutEscapingSlashes
            return String(decoding: try encoder.encode(doubled), as: UTF8.self)
        }

        // MARK: Reading both ends without Millrace

        private func source(_ fire: FirePipeline) async throws -> [String: [String: String]] {
            let text = try await fire.shop.sql("SELECT json_agg(to_json(t)) FROM \(quoted(Self.table)) t")
            let rows = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
            return index(rows)
        }

        private func redis(_ fire: FirePipeline) async throws -> [String: [String: String]] {
            let script = """
                local r = {}
                for _, k in ipairs(redis.call('KEYS', 'h:*')) do r[#r + 1] = {k, redis.call('HGETALL', k)} end
                return cjson.encode(r)
                """
            let text = try await fire.shop.redis("EVAL", script, "0")
            let pairs = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[Any]])
            var found: [String: [String: String]] = [:]
            for pair in pairs {
                let flat = try #require(pair[1] as? [String])
                var fields: [String: Any] = [:]
                for place in stride(from: 0, to: flat.count, by: 2) { fields[flat[place]] = flat[place + 1] }
                let row = index([fields])
                #expect(
                    key(try #require(pair[0] as? String)) == key("h:") + " " + (row.values.first?[key("name")] ?? "?"))
                found.merge(row) { first, _ in first }
            }
            return found
        }

        private func elasticsearch(_ fire: FirePipeline) async throws -> [String: [String: String]] {
            try await fire.shop.elasticsearch("POST", "/hostile/_refresh")
            let text = try await fire.shop.elasticsearch("GET", "/hostile/_search?size=1000")
            let root = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            let hits = try #require((root["hits"] as? [String: Any])?["hits"] as? [[String: Any]])
            let documents = try hits.map { try #require($0["_source"] as? [String: Any]) }
            for (hit, document) in zip(hits, documents) {
                #expect(key("\(hit["_id"] ?? "")") == key("\(document["name"] ?? "?")"))
            }
            return index(documents)
        }

        /// Rows by the scalars of their id, with every name and value as its scalars: texts that only look alike differ.
        private func index(_ rows: [[String: Any]]) -> [String: [String: String]] {
            var found: [String: [String: String]] = [:]
            for row in rows {
                var cells: [String: String] = [:]
                for (name, value) in row where !name.hasPrefix("_") { cells[key(name)] = key("\(value)") }
                found[cells[key("id")] ?? ""] = cells
            }
            return found
        }

        /// What differs, by row and column.
        private func differences(
            _ found: [String: [String: String]], _ expected: [String: [String: String]]
        ) -> [String] {
            Set(found.keys).union(expected.keys).sorted().flatMap { id -> [String] in
                let (left, right) = (found[id] ?? [:], expected[id] ?? [:])
                return Set(left.keys).union(right.keys).sorted().filter { left[$0] != right[$0] }.map { name in
                    "\(id)/\(name): \(left[name] ?? "nothing"), not \(right[name] ?? "nothing")"
                }
            }
        }

        private func key(_ text: String) -> String {
            text.unicodeScalars.map { String($0.value, radix: 16) }.joined(separator: " ")
        }
    }
}

import ConnectorTestKit
import Foundation
import Testing
import Wire

/// Values of every type and size out of MongoDB into both sinks.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil), .timeLimit(.minutes(5)))
struct DocumentValueTests {
    private static let pipeline = """
        format: 1
        pipeline: shop-documents
        source:
          mongodb:
            url: ${SHOP_MONGODB}
            tables: [shop.documents]
        sinks:
          - redis:
              url: ${SHOP_REDIS}
              write:
                - from: shop.documents
                  json: "document:{n}"
                - from: shop.documents
                  select: [n]
                  json: "id:{_id}"
          - elasticsearch:
              url: ${SHOP_ELASTICSEARCH}
              write:
                - from: shop.documents
                  rename: {_id: id}
                  index: documents
                  id: "{n}"
        """

    private static func holding(_ value: BSONSample, _ number: Int) -> [UInt8] {
        BSONSample.encoded([
            ("_id", .int32(Int32(number))), ("n", .int32(Int32(number))), ("value", value),
            ("nested", ["a": ["b": value]]),
            ("array", [value, [value]]),
        ])
    }

    private static func text(_ plain: String, _ number: Int, id: String = "_id") -> String {
        #"{"\#(id)":\#(number),"n":\#(number),"value":\#(plain),"nested":{"a":{"b":\#(plain)}},"array":[\#(plain),[\#(plain)]]}"#
    }

    private func texts(_ keys: [String], _ catalogue: Catalogue) async throws -> [String?] {
        let list = keys.map { "'\($0)'" }.joined(separator: ", ")
        let answer = try await catalogue.python(
            """
            import json, compare_catalogue
            redis = compare_catalogue.rows.Redis(os.environ["SHOP_REDIS"])
            print(json.dumps(redis.ask_all([["GET", key] for key in [\(list)]])))
            """)
        return try JSONDecoder().decode([String?].self, from: Data(answer.utf8))
    }

    @Test func everyTypeIsExactInBothSinksBySnapshotAndByStream() async throws {
        let forms = BSONSample.forms
        let half = forms.count / 2
        try await Catalogue.run("types", redisDatabase: 5, products: 0, pipeline: Self.pipeline) { catalogue in
            let documents = forms.indices.map { Self.holding(forms[$0].0, $0) }
            try await catalogue.insert(Array(documents[..<half]), into: "documents")
            let process = try catalogue.start()
            try await catalogue.catchUp(process)
            try await catalogue.insert(Array(documents[half...]), into: "documents")
            try await catalogue.catchUp(process)
            let found = try await texts(forms.indices.map { "document:\($0)" }, catalogue)
            for (number, form) in forms.enumerated() {
                #expect(found[number] == Self.text(form.2, number))
                let source = try await catalogue.document("\(number)", of: "documents")
                #expect(source == Self.text(form.2, number, id: "id"))
            }
            // The same by an update of each, which adds a field that no document had.
            try await catalogue.python(
                "database.run({'update': 'documents', 'updates': "
                    + "[{'q': {}, 'u': {'$set': {'a.b': 1}}, 'multi': True}]})")
            try await catalogue.catchUp(process)
            for (number, text) in try await texts(forms.indices.map { "document:\($0)" }, catalogue).enumerated() {
                #expect(text == Self.text(forms[number].2, number).dropLast() + #","a":{"b":1}}"#)
            }
            try await catalogue.python("database.run({'delete': 'documents', 'deletes': [{'q': {}, 'limit': 0}]})")
            try await catalogue.catchUp(process)
            #expect(try await texts(forms.indices.map { "document:\($0)" }, catalogue).allSatisfy { $0 == nil })
            #expect(try await catalogue.document("0", of: "documents") == nil)
            #expect(await process.end(with: SIGTERM) == 0, "\(process.output.suffix(2_000))")
        }
    }

    @Test func everyTypeOfIdIsAKeyBySnapshotAndByStream() async throws {
        // What the server takes as an `_id`; a null has no key, and parks.
        var seen: Set<[UInt8]> = []
        let ids = try BSONSample.forms.map(\.0).filter { id in
            let bytes = id.bytes
            var key: [UInt8] = []
            // Values that are written alike share a key: no bytes and no text, 1.0 and the decimal 1.00.
            try key.append(bsonKeyText: BSONValue(type: id.type, bytes: bytes.span))
            return ![.array, .regex, .undefined, .null].contains(id.type) && seen.insert(key).inserted
        }
        try await Catalogue.run("ids", redisDatabase: 5, products: 0, pipeline: Self.pipeline) { catalogue in
            let documents = ids.indices.map { BSONSample.encoded([("_id", ids[$0]), ("n", .int32(Int32($0)))]) }
            try await catalogue.insert(Array(documents[..<20]), into: "documents")
            let process = try catalogue.start()
            try await catalogue.catchUp(process)
            try await catalogue.insert(Array(documents[20...]), into: "documents")
            try await catalogue.insert([BSONSample.encoded([("_id", .null), ("n", -1)])], into: "documents")
            try await catalogue.catchUp(process)
            let keys = try ids.map { id in
                let bytes = id.bytes
                var key = Array("id:".utf8)
                try key.append(bsonKeyText: BSONValue(type: id.type, bytes: bytes.span))
                return key.map { "\\x" + String(0x100 + Int($0), radix: 16).suffix(2) }.joined()
            }
            let decoded = keys.map { "' + b'\($0)'.decode() + '" }
            let found = try await texts(decoded, catalogue)
            for (number, text) in found.enumerated() { #expect(text == #"{"n":\#(number)}"#, "\(ids[number].type)") }
            let parked = try await catalogue.millrace("parked", "list", "shop-documents").output
            #expect(parked.contains("1 of 1 parked"), "\(parked)")
            #expect(try await texts(["document:-1"], catalogue) == [#"{"_id":null,"n":-1}"#])
            #expect(await process.end(with: SIGTERM) == 0, "\(process.output.suffix(2_000))")
        }
    }

    @Test func whatIsNestedDeepAndWhatIsLargeReachesBothSinks() async throws {
        try await Catalogue.run("large", redisDatabase: 5, products: 0, pipeline: Self.pipeline) { catalogue in
            var deep: BSONSample = 1
            for _ in 0..<99 { deep = ["a": deep] }
            let large = String(repeating: "large document ", count: 1 << 20)
            try await catalogue.insert(
                [BSONSample.encoded([("_id", 1), ("n", 1), ("value", .string(large))])], into: "documents")
            let process = try catalogue.start()
            try await catalogue.catchUp(process)
            try await catalogue.insert(
                [
                    BSONSample.encoded([("_id", 2), ("n", 2), ("value", .string(large))]),
                    BSONSample.encoded([("_id", 3), ("n", 3), ("value", deep)]),
                ], into: "documents")
            try await catalogue.catchUp(process)
            let plain = String(repeating: #"{"a":"#, count: 99) + "1" + String(repeating: "}", count: 99)
            #expect(try await catalogue.redis("GET", "document:3") == #"{"_id":3,"n":3,"value":\#(plain)}"#)
            #expect(try await catalogue.document("3", of: "documents") == #"{"id":3,"n":3,"value":\#(plain)}"#)
            for number in 1...2 {
                let text = #"{"_id":\#(number),"n":\#(number),"value":"\#(large)"}"#
                #expect(try await catalogue.redis("STRLEN", "document:\(number)") == "\(text.utf8.count)")
                #expect(try await catalogue.document("\(number)", of: "documents")?.utf8.count == text.utf8.count - 1)
            }
            // Before and after an update the document is too large for one event, and this server cannot divide it.
            try await catalogue.python("database.update('documents', {'_id': 2}, {'$set': {'a': 1}})")
            try await catalogue.expectStop(process, saying: "larger than 16 MB", "millrace checkpoint reset")
            let reset = try await catalogue.millrace("checkpoint", "reset", catalogue.file, "--yes")
            #expect(reset.status == 0, "\(reset.output)")
            let again = try catalogue.start()
            try await catalogue.catchUp(again)
            #expect(try await catalogue.redis("GETRANGE", "document:2", "-8", "-1") == #"","a":1}"#)
            #expect(await again.end(with: SIGTERM) == 0)
        }
    }
}

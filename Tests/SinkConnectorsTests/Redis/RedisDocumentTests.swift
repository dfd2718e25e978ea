import Change
import Connector
import ConnectorTestKit
import RedisCodec
import Testing

@testable import SinkConnectors

/// What the documents of a collection become, on a real server.
@Suite(.enabled(if: RedisLab.isWanted)) struct RedisDocumentTests {
    private static let products = SampleCollection(
        ["name", "category", "price", "tags", "variants", "photo", "createdAt", "note", "__v"], identity: .full)
    private static let id = BSONSample.objectID("507f1f77bcf86cd799439011")
    private static let hex = "507f1f77bcf86cd799439011"

    private func makeMapping(
        _ sink: RedisSink, _ options: [String: OptionValue], _ collection: SampleCollection = products,
        only names: Set<String>? = nil
    ) throws -> any RowMapping {
        try sink.makeMapping(
            MappingRequest(
                name: "products", schema: collection.schema,
                outputs: collection.schema.columns.enumerated().filter { names?.contains($1.name) ?? true }.map {
                    OutputField(name: $1.name, column: $0)
                }, options: .test(options)))
    }

    private func write(
        _ mapping: any RowMapping, _ document: BSONSample, at version: Int64, action: SinkWrite.Action = .upsert,
        _ collection: SampleCollection = products
    ) throws -> SinkWrite {
        SinkWrite(
            mapping: mapping, action: action, row: try collection.row(document), version: Version(rawValue: version),
            position: Position(commit: UInt64(version)), kind: action == .delete ? .delete : .update, committedAt: 0,
            transaction: UInt64(version))
    }

    private func apply(_ sink: RedisSink, _ writes: SinkWrite...) async throws -> [String] {
        try await sink.apply(writes, lane: 0).map { $0.reason ?? $0.word }
    }

    private func members(_ lab: RedisLab, _ key: String) async throws -> Set<String> {
        Set(try #require(try await lab.ask("SMEMBERS", key).elements).compactMap(\.text))
    }

    @Test func aDocumentIsAHashWhoseMissingFieldsAreGone() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try makeMapping(sink, ["hash": .text("\(lab.prefix):{_id}"), "nulls": .text("empty")])
                let key = "\(lab.prefix):\(Self.hex)"
                let whole: BSONSample = [
                    "_id": Self.id, "name": "é \"x\"", "category": ["id": "c1"], "price": .decimal("19.90"),
                    "tags": ["a", 1], "photo": .binary(0, [0, 255]), "createdAt": .date(1_767_323_045_600), "note": nil,
                    "__v": 3,
                ]
                #expect(try await apply(sink, write(mapping, whole, at: 1)) == ["applied"])
                var hash = try await lab.hash(key)
                #expect(hash.removeValue(forKey: "__millrace") != nil)
                #expect(
                    hash == [
                        "_id": Self.hex, "name": "é \"x\"", "category": #"{"id":"c1"}"#, "price": "19.90",
                        "tags": #"["a",1]"#, "photo": "AP8=", "createdAt": "2026-01-02T03:04:05.6Z", "note": "",
                        "__v": "3",
                    ])
                let less: BSONSample = ["_id": Self.id, "name": nil, "price": .int64(.max), "createdAt": .date(.max)]
                #expect(try await apply(sink, write(mapping, less, at: 2)) == ["applied"])
                hash = try await lab.hash(key)
                hash["__millrace"] = nil
                #expect(
                    hash == [
                        "_id": Self.hex, "name": "", "price": "9223372036854775807",
                        "createdAt": "+292278994-08-17T07:12:55.807Z",
                    ])
                #expect(try await apply(sink, write(mapping, whole, at: 1)) == ["stale"])
                #expect(try await apply(sink, write(mapping, ["_id": Self.id], at: 3, action: .delete)) == ["applied"])
                #expect(try await lab.hash(key).isEmpty)
            }
        }
    }

    @Test func binaryFieldsAreRawOrHexadecimalWhereTheOptionSaysSo() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                for (bytes, expected) in [("raw", "hi"), ("hex", "6869"), ("base64", "aGk=")] {
                    let mapping = try makeMapping(
                        sink, ["hash": .text("\(lab.prefix):\(bytes):{_id}"), "bytes": .text(bytes)])
                    let document: BSONSample = ["_id": 1.0, "photo": .binary(128, Array("hi".utf8)), "name": "n"]
                    #expect(try await apply(sink, write(mapping, document, at: 1)) == ["applied"])
                    let hash = try await lab.hash("\(lab.prefix):\(bytes):1")
                    #expect(hash["photo"] == expected && hash["name"] == "n")
                }
            }
        }
    }

    @Test func aDocumentIsJSONWithNullsAndWithoutWhatIsMissing() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try makeMapping(
                    sink, ["json": .text("\(lab.prefix):{_id}"), "decimals": .text("number")])
                let document: BSONSample = [
                    "_id": ["a": 1, "b": 2], "name": nil, "price": .decimal("1.10"),
                    "variants": [["x": .minKey], .date(.min)],
                ]
                #expect(try await apply(sink, write(mapping, document, at: 1)) == ["applied"])
                let text = try await lab.ask("GET", "\(lab.prefix):{\"a\":1,\"b\":2}").text
                #expect(
                    text
                        == #"{"_id":{"a":1,"b":2},"name":null,"price":1.10,"variants":[{"x":{"$minKey":1}},"#
                        + #"{"$date":{"$numberLong":"-9223372036854775808"}}]}"#)
                let poison: BSONSample = ["_id": 2, "name": .rawString([0xFF])]
                #expect(
                    try await apply(sink, write(mapping, poison, at: 1))
                        == ["column name has a value that cannot be read"])
            }
        }
    }

    @Test func oneFieldIsTheWholeDocument() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try makeMapping(
                    sink, ["json": .text("\(lab.prefix):{_id}:variants"), "root": .text("variants")])
                #expect(mapping.neededColumns == [0, 5])
                let key = "\(lab.prefix):7:variants"
                _ = try await apply(sink, write(mapping, ["_id": 7, "variants": [["id": "v1"], ["id": "v2"]]], at: 1))
                #expect(try await lab.ask("GET", key).text == #"[{"id":"v1"},{"id":"v2"}]"#)
                _ = try await apply(sink, write(mapping, ["_id": 7], at: 2))
                #expect(try await lab.ask("GET", key).text == "null")
            }
        }
    }

    @Test func aProductFollowsFromOneCategoryToAnother() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try makeMapping(
                    sink, ["set": .text("\(lab.prefix):{category.id}:products"), "member": .text("{_id}")])
                #expect(mapping.keyColumns == [0, 2])
                func product(_ id: BSONSample, in category: BSONSample) -> BSONSample {
                    ["_id": id, "category": ["id": category]]
                }
                let results = try await apply(
                    sink, write(mapping, product(Self.id, in: "c1"), at: 1),
                    write(mapping, product(2, in: "c1"), at: 1),
                    write(mapping, product(3, in: 1.0), at: 1))
                #expect(results == ["applied", "applied", "applied"])
                // The two halves of an update that moves the product: the old place is known by the pre-image.
                _ = try await apply(
                    sink, write(mapping, product(Self.id, in: "c1"), at: 2, action: .delete),
                    write(mapping, product(Self.id, in: .int64(1)), at: 2))
                #expect(try await members(lab, "\(lab.prefix):c1:products") == ["2"])
                #expect(try await members(lab, "\(lab.prefix):1:products") == ["3", Self.hex])
                let homeless = try await apply(sink, write(mapping, ["_id": 9, "category": nil], at: 3))
                #expect(homeless == ["column category.id, which the key is made of, has no value"])
            }
        }
    }

    @Test func anArrayIsASetOfItsOwn() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try makeMapping(
                    sink, ["set": .text("\(lab.prefix):{_id}:tags"), "members": .text("tags")])
                let key = "\(lab.prefix):7:tags"
                let many = BSONSample.array((0..<2_500).map { .int32($0) })
                _ = try await apply(sink, write(mapping, ["_id": 7, "tags": ["new", "sale", nil, 1, "new"]], at: 1))
                #expect(try await members(lab, key) == ["new", "sale", "1"])
                _ = try await apply(sink, write(mapping, ["_id": 7, "tags": ["sale"]], at: 3))
                #expect(try await apply(sink, write(mapping, ["_id": 7, "tags": ["old"]], at: 2)) == ["stale"])
                #expect(try await members(lab, key) == ["sale"])
                _ = try await apply(sink, write(mapping, ["_id": 7, "tags": many], at: 4))
                #expect(try await members(lab, key).count == 2_500)
                _ = try await apply(sink, write(mapping, ["_id": 7], at: 5))
                #expect(try await lab.ask("EXISTS", key) == .integer(0))
                _ = try await apply(sink, write(mapping, ["_id": 7, "tags": "alone"], at: 6))
                #expect(try await members(lab, key) == ["alone"])
                _ = try await apply(sink, write(mapping, ["_id": 7], at: 7, action: .delete))
                #expect(try await apply(sink, write(mapping, ["_id": 7, "tags": ["old"]], at: 6)) == ["stale"])
                #expect(try await lab.ask("EXISTS", key) == .integer(0))
                _ = try await apply(sink, write(mapping, ["_id": 8, "tags": ["x"]], at: 7))
                try await sink.truncate(mapping, floor: Version(rawValue: 9))
                #expect(try await lab.ask("EXISTS", "\(lab.prefix):8:tags") == .integer(0))
                // With a lifetime, the set expires and its guard stays.
                let short = try makeMapping(
                    sink,
                    [
                        "set": .text("\(lab.prefix):{_id}:short"), "members": .text("tags"),
                        "ttl": .duration(.seconds(600)),
                    ])
                _ = try await apply(sink, write(short, ["_id": 7, "tags": ["a"]], at: 1))
                guard case .integer(let left) = try await lab.ask("TTL", "\(lab.prefix):7:short") else {
                    Issue.record("a lifetime is a number")
                    return
                }
                #expect((590...600).contains(left))
            }
        }
    }

    @Test func numbersAndDatesAreScores() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try makeMapping(
                    sink,
                    ["sorted_set": .text("\(lab.prefix):all"), "member": .text("{_id}"), "score": .text("createdAt")])
                let results = try await apply(
                    sink, write(mapping, ["_id": 1, "createdAt": .date(1_767_323_045_600)], at: 1),
                    write(mapping, ["_id": 2, "createdAt": 2.5], at: 1),
                    write(mapping, ["_id": 3, "createdAt": .decimal("7")], at: 1),
                    write(mapping, ["_id": 4, "createdAt": "text"], at: 1), write(mapping, ["_id": 5], at: 1),
                    write(mapping, ["_id": 6, "createdAt": .int64(9_007_199_254_740_993)], at: 1))
                let reason = "column createdAt has no number that could be the score"
                #expect(results == ["applied", "applied", "applied", reason, reason, reason])
                #expect(try await lab.ask("ZSCORE", "\(lab.prefix):all", "1").text == "1767323045600")
                #expect(try await lab.ask("ZSCORE", "\(lab.prefix):all", "2").text == "2.5")
            }
        }
    }
}

/// What compiles and what does not; no server is asked.
@Suite struct RedisDocumentMappingTests {
    private func compile(_ options: [String: OptionValue], _ fields: [String] = ["name", "category"]) throws
        -> RedisMapping
    {
        let schema = SampleCollection(fields).schema
        return try RedisMapping(
            MappingRequest(
                name: "m", schema: schema,
                outputs: schema.columns.enumerated().map { OutputField(name: $1.name, column: $0) },
                options: .test(options)), pipeline: "p")
    }

    private func problem(_ options: [String: OptionValue], _ fields: [String] = ["name"]) -> String? {
        do {
            _ = try compile(options, fields)
            return nil
        } catch let errors as ConfigurationErrors {
            return errors.diagnostics.map(\.message).joined(separator: "; ")
        } catch {
            return "\(error)"
        }
    }

    @Test func whatNobodyHasSeenYetIsNoMistake() throws {
        let unseen = try compile(["set": .text("c:{category.id}"), "member": .text("{sku}")], [])
        #expect(unseen.keyColumns.isEmpty && unseen.unseenKeyFields == ["category.id", "sku"])
        let seen = try compile(["set": .text("c:{category.id}"), "member": .text("{_id}")])
        #expect(seen.keyColumns == [0, 2] && seen.unseenKeyFields.isEmpty)
        #expect(problem(["sorted_set": .text("all"), "member": .text("{_id}"), "score": .text("rank")]) == nil)
        #expect(problem(["hash": .text("p:{_id}"), "expires_at": .text("ends")]) == nil)
        #expect(problem(["json": .text("p:{_id}"), "root": .text("variants")]) == nil)
    }

    @Test func aPathIsOneValueAndAColumnIsNoPath() {
        #expect(problem(["hash": .text("p:{tags[*]}")])?.contains("no path to one value") == true)
        #expect(
            problem(["sorted_set": .text("a"), "member": .text("{_id}"), "score": .text("a.b")])?.contains("is a path")
                == true)
        #expect(
            problem(["set": .text("a:{_id}"), "members": .text("tags"), "member": .text("{_id}")])?.contains("exclude")
                == true)
        #expect(problem(["hash": .text("p:{_id}"), "root": .text("name")])?.contains("means nothing") == true)
    }

    @Test func documentsKeepTheirOwnVersionField() {
        #expect(problem(["hash": .text("p:{_id}")], ["__v"]) == nil)
        #expect(problem(["hash": .text("p:{_id}")], ["__millrace"])?.contains("field __millrace of its own") == true)
    }
}

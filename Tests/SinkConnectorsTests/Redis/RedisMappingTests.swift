import Change
import Connector
import ConnectorTestKit
import Testing

@testable import SinkConnectors

@Suite struct RedisMappingTests {
    private let schema = TableSchema.forTest(
        "users",
        columns: [
            ("id", .int64), ("group_id", .int64), ("name", .text), ("born", .timestampWithZone), ("__v", .text),
        ], key: ["id"])

    private func compile(
        _ options: [String: OptionValue], outputs: [Int] = [0, 2], shaping: (any RowShaping)? = nil
    ) throws -> RedisMapping {
        try RedisMapping(
            MappingRequest(
                name: "m", schema: schema,
                outputs: outputs.map { OutputField(name: schema.columns[$0].name, column: $0) },
                options: .test(options),
                shaping: shaping), pipeline: "p")
    }

    private func problems(_ options: [String: OptionValue], outputs: [Int] = [0, 2]) -> [String] {
        do {
            _ = try compile(options, outputs: outputs)
            return []
        } catch let errors as ConfigurationErrors {
            return errors.diagnostics.map(\.message)
        } catch {
            return ["\(error)"]
        }
    }

    @Test func theColumnsOfAKeyAndOfARowAreNamed() throws {
        let hash = try compile(["hash": .text("u:{id}"), "expires_at": .text("born")])
        #expect(hash.keyColumns == [0])
        #expect(hash.neededColumns == [0, 2, 3])
        let set = try compile(["set": .text("g:{group_id}"), "member": .text("{id}")])
        #expect(set.keyColumns == [0, 1])
        #expect(set.neededColumns == [0, 1])
        let sorted = try compile(["sorted_set": .text("g:{group_id}"), "member": .text("{id}"), "score": .text("born")])
        #expect(sorted.neededColumns == [0, 1, 3])
        let stream = try compile(["stream": .text("log")])
        #expect(stream.keyColumns == [])
        #expect(stream.neededColumns == [0, 2])
        #expect(stream.isAppending)
        let invalidation = try compile(["delete": .text("cache:{id}")])
        #expect(invalidation.neededColumns == [0])
    }

    @Test func keyAndMemberDoNotRunTogether() throws {
        let set = try compile(["set": .text("{name}"), "member": .text("{__v}")])
        var keys: Set<[UInt8]> = []
        for (name, member) in [("a", "bc"), ("ab", "c"), ("abc", ""), ("", "abc"), ("a1:", "3"), ("a", "1:3")] {
            var key: [UInt8] = []
            try set.appendKey(of: Row(schema: schema, texts: ["1", "1", name, nil, member]), to: &key)
            keys.insert(key)
        }
        #expect(keys.count == 6)
    }

    @Test func aKeyWithoutAValueIsAnError() throws {
        let hash = try compile(["hash": .text("u:{name}")])
        var key: [UInt8] = []
        #expect(throws: KeyError.missing(column: "name")) {
            try hash.appendKey(of: Row(schema: schema, texts: ["1", "1", nil, nil, nil]), to: &key)
        }
    }

    @Test func guardsNameTheMappingTheyAreOf() throws {
        let mapping = try compile(["hash": .text("u:{id}")])
        var text: [UInt8] = []
        mapping.appendGuard(Version(rawValue: 42), isDeleted: false, to: &text)
        #expect(String(decoding: text.prefix(21), as: UTF8.self) == "00000000000000000042+")
        #expect(text.count == 29)
        let other = try RedisMapping(
            MappingRequest(name: "n", schema: schema, outputs: [], options: mapping.request.options), pipeline: "p")
        #expect(other.tag != mapping.tag)
    }

    @Test(
        arguments: [
            ([:], "exactly one of"), (["hash": .text("a{id}"), "json": .text("b{id}")], "exactly one of"),
            (["hash": .text("a{nobody}")], "there is no column nobody"),
            (["hash": .text("a{id")], "the brace is not closed"),
            (["hash": .text("")], "`hash` is empty"), (["set": .text("a")], "`member` is missing"),
            (["sorted_set": .text("a"), "member": .text("{id}")], "`score` is missing"),
            (["sorted_set": .text("a"), "member": .text("{id}"), "score": .text("name")], "column name is text"),
            (
                ["sorted_set": .text("a"), "member": .text("{id}"), "score": .text("nobody")],
                "there is no column nobody"
            ),
            (["hash": .text("a{id}"), "member": .text("{id}")], "`member` means nothing for `hash`"),
            (["set": .text("a"), "member": .text("{id}"), "nulls": .text("omit")], "`nulls` means nothing for `set`"),
            (["stream": .text("a"), "ttl": .duration(.seconds(1))], "`ttl` means nothing for `stream`"),
            (["hash": .text("a{id}"), "ttl": .duration(.zero)], "`ttl` has to be at least 1ms"),
            (
                ["hash": .text("a{id}"), "ttl": .duration(.seconds(1)), "expires_at": .text("born")],
                "exclude each other"
            ),
            (["hash": .text("a{id}"), "expires_at": .text("name")], "column name is text, which is no point in time"),
            (["hash": .text("a{id}"), "nulls": .text("null")], "`nulls` is omit or empty here"),
            (["json": .text("a{id}"), "nulls": .text("empty")], "`nulls` is null or omit here"),
            (["json": .text("a{id}"), "bytes": .text("raw")], "a JSON document holds text"),
            (["hash": .text("a{id}"), "version_field": .text("name")], "the row has a field name of its own"),
            (
                ["set": .text("all"), "member": .text("{id}"), "ttl": .duration(.seconds(1))],
                "which has no column in it"
            ),
        ] as [([String: OptionValue], String)])
    func everyWrongOptionIsSaid(options: [String: OptionValue], problem: String) {
        let problems = problems(options)
        #expect(problems.contains { $0.contains(problem) }, "\(problems)")
    }

    @Test func aColumnNamedAsTheVersionFieldIsRefused() {
        #expect(problems(["hash": .text("a{id}")], outputs: [0, 4]) == ["the row has a field __v of its own"])
        #expect(problems(["hash": .text("a{id}"), "version_field": .text("v")], outputs: [0, 4]) == [])
    }

    @Test func allProblemsAreFoundAtOnce() {
        let problems = problems([
            "hash": .text("a{nobody}"), "member": .text("{id}"), "expires_at": .text("name"), "nulls": .text("null"),
        ])
        #expect(problems.count == 4)
    }

    @Test func aCollectionThatIsReadAgainHasNoComputedColumnInItsKey() throws {
        let source = TableSchema.forTest("users", columns: [("id", .int64)], key: ["id"])
        #expect(throws: ConfigurationErrors.self) {
            try compile(
                ["set": .text("g:{group_id}"), "member": .text("{id}"), "ttl": .duration(.seconds(1))],
                shaping: NoShaping(sourceSchema: source))
        }
    }

    @Test func twoMappingsThatBuildOneCollectionAreRefused() throws {
        let options: [String: OptionValue] = [
            "set": .text("g:{group_id}"), "member": .text("{id}"), "ttl": .duration(.seconds(1)),
        ]
        let first = try compile(options)
        let second = try RedisMapping(
            MappingRequest(name: "other", schema: schema, outputs: [], options: .test(options)), pipeline: "p")
        #expect(RedisMappingCheck.conflicts([first, second]).map(\.severity) == [.error])
        #expect(RedisMappingCheck.conflicts([first, first]).isEmpty)
    }
}

/// Passes rows on as they are.
struct NoShaping: RowShaping {
    var sourceSchema: TableSchema
    func sourceColumns(behind columns: Set<Int>) -> Set<Int> { columns }
    func shape(_ row: Row) throws -> Row? { row }
}

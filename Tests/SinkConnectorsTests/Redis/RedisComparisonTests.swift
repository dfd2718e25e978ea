import Change
import Connector
import ConnectorTestKit
import RedisCodec
import Testing

@testable import SinkConnectors

/// What stands in a real server, held against what should.
@Suite(.enabled(if: RedisLab.isWanted)) struct RedisComparisonTests {
    private static let schema = TableSchema.forTest(
        "things",
        columns: [("id", .int64)] + RandomCells.types.enumerated().map { ("c\($0)", $1) } + [
            ("ends", .timestampWithZone)
        ],
        key: ["id"])

    private func mapping(_ sink: RedisSink, _ options: [String: OptionValue]) throws -> any RowMapping {
        try sink.makeMapping(
            MappingRequest(
                name: "things", schema: Self.schema,
                outputs: Self.schema.columns.dropLast().enumerated().map { OutputField(name: $1.name, column: $0) },
                options: .test(options)))
    }

    private func write(_ mapping: any RowMapping, _ texts: [String?], at version: Int64 = 1) -> SinkWrite {
        SinkWrite(
            mapping: mapping, action: .upsert, row: Row(schema: Self.schema, texts: texts),
            version: Version(rawValue: version), position: Position(commit: UInt64(version)), kind: .update,
            committedAt: 0, transaction: 1)
    }

    private func rows(_ count: Int, seed: UInt64) -> [[String?]] {
        var cells = RandomCells(seed: seed)
        return (0..<count).map { id in ["\(id)"] + RandomCells.types.map { cells.cell(of: $0) } + [nil] }
    }

    static let forms: [[String: OptionValue]] = [
        ["hash": .text("{id}")], ["hash": .text("{id}"), "nulls": .text("empty"), "bytes": .text("raw")],
        ["hash": .text("{id}"), "ttl": .duration(.seconds(900)), "bytes": .text("hex")], ["json": .text("{id}")],
        ["json": .text("{id}"), "nulls": .text("omit"), "decimals": .text("number")],
        ["set": .text("all"), "member": .text("{id}")],
        ["sorted_set": .text("all"), "member": .text("{id}"), "score": .text("c2")],
        ["sorted_set": .text("all"), "member": .text("{id}"), "score": .text("c7")],
        ["sorted_set": .text("all"), "member": .text("{id}"), "score": .text("c18")],
    ]

    /// The key's template begins with the lab's own prefix.
    private func options(_ form: [String: OptionValue], _ lab: RedisLab) -> [String: OptionValue] {
        var options = form
        for name in ["hash", "json", "set", "sorted_set"] {
            if case .text(let key) = options[name] { options[name] = .text("\(lab.prefix):\(key)") }
        }
        return options
    }

    @Test(arguments: forms.indices)
    func whatWasWrittenOfAnyTypeComparesAsEqualAndNothingElseDoes(form: Int) async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try mapping(sink, options(Self.forms[form], lab))
                let isSet = Self.forms[form]["set"] != nil
                for seed in 1...3 as ClosedRange<UInt64> {
                    let texts = rows(120, seed: seed &* 7919 &+ UInt64(form))
                    let writes = texts.map { write(mapping, $0, at: Int64(seed)) }
                    let results = try await sink.apply(writes, lane: 0)
                    let found = try await sink.compare(writes)
                    for index in writes.indices {
                        switch results[index] {
                        case .applied:
                            #expect(found[index] == Comparison(.equal, version: Version(rawValue: Int64(seed))))
                        // A score that no double holds, or none.
                        case .park(let reason):
                            #expect(found[index].verdict == .unverifiable("the row cannot be written: \(reason)"))
                        default: Issue.record("\(results[index])")
                        }
                    }
                    // Every row under the key of its neighbour.
                    let swapped = texts.indices.map { index in
                        write(mapping, [texts[index][0]] + texts[(index + 1) % texts.count].dropFirst())
                    }
                    let expected = try await lab.texts(of: swapped, sink)
                    let stands = try await lab.texts(of: writes, sink)
                    for (index, comparison) in try await sink.compare(swapped).enumerated() where !isSet {
                        guard let wanted = expected[index], let there = stands[index] else { continue }
                        let isSame = wanted == there
                        guard case .different = comparison.verdict else {
                            #expect(isSame && comparison.verdict == .equal)
                            continue
                        }
                        #expect(!isSame)
                    }
                }
            }
        }
    }

    @Test func aRowThatExpiresIsMissingOnlyBeforeItsTime() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try mapping(sink, ["hash": .text("\(lab.prefix):{id}"), "expires_at": .text("ends")])
                func verdict(_ id: Int, _ ends: String?) async throws -> Comparison.Verdict {
                    try await sink.compare([write(mapping, row(id, ends))])[0].verdict
                }
                func row(_ id: Int, _ ends: String?) -> [String?] {
                    ["\(id)"] + RandomCells.types.map { _ in nil } + [ends]
                }
                let later = "2100-01-01 00:00:00+00"
                #expect(try await verdict(1, later) == .missing)
                #expect(try await verdict(1, nil) == .missing)
                #expect(try await verdict(1, "infinity") == .missing)
                #expect(try await verdict(1, "2001-01-01 00:00:00+00") == .equal)
                _ = try await sink.apply([write(mapping, row(2, later)), write(mapping, row(3, nil))], lane: 0)
                #expect(try await verdict(2, later) == .equal)
                #expect(try await verdict(3, nil) == .equal)
                // The row's end has moved, and the key's has not.
                for (id, ends) in [(2, "2100-01-01 01:00:00+00"), (2, nil), (3, later), (2, "2001-01-01 00:00:00+00")] {
                    guard case .different(let differences) = try await verdict(id, ends) else {
                        Issue.record("an end that is not the row's passes: \(id)")
                        continue
                    }
                    #expect(differences.map(\.column) == ["ttl"])
                }
            }
        }
    }

    @Test func anAnswerThatIsTooLargeCostsOnlyItsOwnRow() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try mapping(sink, ["hash": .text("\(lab.prefix):{id}")])
                let writes = (1...7).map {
                    write(mapping, ["\($0)"] + Self.schema.columns.dropFirst().map { _ in nil })
                }
                _ = try await sink.apply(writes, lane: 0)
                let fill = """
                    for first = 1, 600000, 1000 do
                        local fields = {}
                        for i = first, first + 999 do fields[#fields + 1] = i; fields[#fields + 1] = '' end
                        redis.call('HSET', KEYS[1], unpack(fields))
                    end
                    """
                try await lab.ask("EVAL", fill, "1", "\(lab.prefix):4")
                // Others that ask meanwhile lose nothing by it.
                let all = try await withThrowingTaskGroup(of: [Comparison].self) { group in
                    for _ in 0..<4 { group.addTask { try await sink.compare(writes) } }
                    var all: [[Comparison]] = []
                    for try await found in group { all.append(found) }
                    return all
                }
                #expect(all.count == 4)
                for found in all {
                    for (index, comparison) in found.enumerated() {
                        #expect(
                            comparison.verdict
                                == (index == 3
                                    ? .unverifiable("what stands there is larger than is read at once") : .equal))
                    }
                }
                try await lab.ask("DEL", "\(lab.prefix):4")
            }
        }
    }

    @Test func aForeignGuardIsNoExtraRow() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let first = try mapping(sink, ["json": .text("\(lab.prefix):{id}")])
                let other = try sink.makeMapping(
                    MappingRequest(
                        name: "others", schema: Self.schema, outputs: [OutputField(name: "id", column: 0)],
                        options: .test(["json": .text("\(lab.prefix):{id}")])))
                let nothing = Self.schema.columns.dropFirst().map { _ in nil as String? }
                _ = try await sink.apply([write(other, ["1"] + nothing)], lane: 0)
                let gone = write(first, ["1"] + nothing).with(
                    row: Row(schema: Self.schema, texts: ["1"] + nothing), action: .delete)
                guard case .unverifiable = try await sink.compare([gone])[0].verdict else {
                    Issue.record("the row of another mapping is no extra one of this")
                    return
                }
                let found = try await sink.compare([write(first, ["1"] + nothing)])[0].verdict
                guard case .different(let differences) = found else {
                    Issue.record("the row of another mapping is not this one's: \(found)")
                    return
                }
                #expect(differences.contains { $0.column == "guard" } && differences.contains { $0.column == "c0" })
            }
        }
    }

    @Test func streamsAndInvalidationsSayWhyNot() throws {
        let sink = try RedisLab(url: "redis://127.0.0.1:1").makeSink()
        for form in ["stream", "delete"] {
            let mapping = try mapping(sink, [form: .text("x:{id}")])
            #expect(sink.obstacle(toComparing: mapping) != nil)
        }
        #expect(sink.obstacle(toComparing: try mapping(sink, ["hash": .text("x:{id}")])) == nil)
    }
}

extension RedisLab {
    /// What the sink would send for each write beside key, guard and lifetime; nil for one that parks.
    fileprivate func texts(of writes: [SinkWrite], _ sink: RedisSink) async throws -> [[[UInt8]]?] {
        let session = try await sink.control.connected()
        return try writes.map { write in
            var encoding = RedisEncoding()
            do {
                try encoding.append(write, scripts: session.scripts, tombstone: 1)
            } catch is RedisRowProblem {
                return nil
            }
            let arguments = encoding.commands.arguments()[0].map { Array(encoding.commands.bytes[$0]) }
            return arguments.filter { !Self.isGuard($0) }
        }
    }

    private static func isGuard(_ text: [UInt8]) -> Bool { RedisMapping.version(ofGuard: text) != nil }
}

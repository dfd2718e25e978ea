import Change
import Connector
import ConnectorTestKit
import RedisCodec
import Testing

@testable import SinkConnectors

/// Documents in a real server, held against what they should be.
@Suite(.enabled(if: RedisLab.isWanted)) struct RedisDocumentComparisonTests {
    private static let fields = ["name", "tags", "price", "createdAt", "note", "__v"]
    private static let collection = SampleCollection(fields, identity: .full)

    private func mapping(_ sink: RedisSink, _ options: [String: OptionValue]) throws -> any RowMapping {
        try sink.makeMapping(
            MappingRequest(
                name: "products", schema: Self.collection.schema,
                outputs: Self.collection.schema.columns.enumerated().map { OutputField(name: $1.name, column: $0) },
                options: .test(options)))
    }

    private func write(
        _ mapping: any RowMapping, _ document: BSONSample, at version: Int64 = 1, action: SinkWrite.Action = .upsert
    ) throws -> SinkWrite {
        SinkWrite(
            mapping: mapping, action: action, row: try Self.collection.row(document),
            version: Version(rawValue: version),
            position: Position(commit: UInt64(version)), kind: action == .delete ? .delete : .update, committedAt: 0,
            transaction: UInt64(version))
    }

    static let forms: [[String: OptionValue]] = [
        ["hash": .text("{_id}")], ["hash": .text("{_id}"), "nulls": .text("empty"), "bytes": .text("raw")],
        ["json": .text("{_id}")], ["json": .text("{_id}"), "root": .text("tags"), "ttl": .duration(.seconds(900))],
        ["set": .text("{_id}"), "members": .text("tags")],
        ["set": .text("{_id}"), "members": .text("tags"), "bytes": .text("raw"), "ttl": .duration(.seconds(900))],
        ["sorted_set": .text("all"), "member": .text("{_id}"), "score": .text("price")],
    ]

    @Test(arguments: forms.indices)
    func whateverADocumentHoldsComparesAsEqual(form: Int) async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                var options = Self.forms[form]
                for name in ["hash", "json", "set", "sorted_set"] {
                    if case .text(let key) = options[name] { options[name] = .text("\(lab.prefix):\(key)") }
                }
                let mapping = try mapping(sink, options)
                for seed in 1...2 as ClosedRange<UInt64> {
                    var documents = RandomDocuments(seed: seed &* 104_729 &+ UInt64(form))
                    let writes = try (0..<150).map {
                        try write(mapping, documents.document($0, fields: Self.fields), at: Int64(seed))
                    }
                    let results = try await sink.apply(writes, lane: 0)
                    for (result, found) in zip(results, try await sink.compare(writes)) {
                        switch result {
                        case .applied: #expect(found == Comparison(.equal, version: Version(rawValue: Int64(seed))))
                        case .park(let reason):
                            #expect(found.verdict == .unverifiable("the row cannot be written: \(reason)"))
                        default: Issue.record("\(result)")
                        }
                    }
                }
            }
        }
    }

    @Test func aSetOfItsOwnIsComparedMemberByMember() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try mapping(sink, ["set": .text("\(lab.prefix):{_id}"), "members": .text("tags")])
                let full: BSONSample = ["_id": 1, "tags": ["a", "b", "c"]]
                let empty: BSONSample = ["_id": 2]
                func verdict(_ document: BSONSample, _ action: SinkWrite.Action = .upsert) async throws
                    -> Comparison.Verdict
                {
                    try await sink.compare([try write(mapping, document, action: action)])[0].verdict
                }
                // One without members is no key: only its guard says that it was written.
                #expect(try await verdict(full) == .missing)
                #expect(try await verdict(empty) == .missing)
                _ = try await sink.apply([try write(mapping, full, at: 4), try write(mapping, empty, at: 5)], lane: 0)
                #expect(try await verdict(full) == .equal)
                #expect(try await verdict(empty) == .equal)
                #expect(try await verdict(full, .delete) == .extra)
                #expect(try await verdict(empty, .delete) == .equal)

                try await lab.ask("SREM", "\(lab.prefix):1", "b")
                try await lab.ask("SADD", "\(lab.prefix):1", "d")
                try await lab.ask("SADD", "\(lab.prefix):2", "e")
                #expect(
                    try await verdict(full)
                        == .different([
                            ColumnDifference("member", expected: "b", found: nil as String?),
                            ColumnDifference("member", expected: nil as String?, found: "d"),
                        ]))
                #expect(
                    try await verdict(empty)
                        == .different([ColumnDifference("member", expected: nil as String?, found: "e")]))
                try await lab.ask("DEL", "\(lab.prefix):1", "\(lab.prefix):2")
                #expect(try await verdict(full) == .missing)
                try await lab.ask("SET", "\(lab.prefix):1", "a")
                #expect(
                    try await verdict(full) == .different([ColumnDifference("type", expected: "set", found: "string")]))
                #expect(try await verdict(full, .delete) == .extra)
                // What was deleted since should stand.
                try await lab.ask("DEL", "\(lab.prefix):1")
                _ = try await sink.apply(
                    [
                        try write(mapping, full, at: 8, action: .delete),
                        try write(mapping, empty, at: 8, action: .delete),
                    ],
                    lane: 0)
                #expect(try await verdict(full) == .missing)
                guard case .different(let differences) = try await verdict(empty) else {
                    Issue.record("a deletion passes for a set without members")
                    return
                }
                #expect(differences.map(\.column) == ["guard"])
            }
        }
    }

    @Test func anExpiringCollectionThatIsNotThereCannotBeTold() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try mapping(
                    sink,
                    ["set": .text("\(lab.prefix):{name}"), "member": .text("{_id}"), "ttl": .duration(.seconds(900))])
                let document: BSONSample = ["_id": 1, "name": "n"]
                guard case .unverifiable = try await sink.compare([try write(mapping, document)])[0].verdict else {
                    Issue.record("nobody has built the collection yet")
                    return
                }
                // It stands, and has a lifetime: then it holds every member.
                try await lab.ask("SADD", "\(lab.prefix):n", "2")
                try await lab.ask("EXPIRE", "\(lab.prefix):n", "900")
                #expect(try await sink.compare([try write(mapping, document)])[0].verdict == .missing)
                try await lab.ask("SADD", "\(lab.prefix):n", "1")
                #expect(try await sink.compare([try write(mapping, document)])[0].verdict == .equal)
                try await lab.ask("PERSIST", "\(lab.prefix):n")
                #expect(
                    try await sink.compare([try write(mapping, document)])[0].verdict
                        == .different([ColumnDifference("ttl", expected: "900000 ms", found: nil as String?)]))
            }
        }
    }
}

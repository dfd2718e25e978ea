import Change
import Connector
import ConnectorTestKit
import RedisCodec
import Testing

@testable import SinkConnectors

/// What rows of every kind become, on a real server.
@Suite(.enabled(if: RedisLab.isWanted)) struct RedisFormTests {
    private static let schema = TableSchema.forTest(
        "things",
        columns: [
            ("id", .int64), ("name", .text), ("isActive", .boolean), ("price", .decimal(precision: 10, scale: 2)),
            ("photo", .bytes), ("at", .timestampWithZone), ("tags", .array(of: .text)),
        ], key: ["id"])

    private static let full: [String?] = [
        "7", "Ann \"é\"\n", "t", "12.50", "\\x00ff0d0a", "2024-01-02 03:04:05.678901+00", "{a,\"b c\"}",
    ]

    private func makeMapping(
        _ sink: RedisSink, _ options: [String: OptionValue], name: String = "things"
    ) throws -> any RowMapping {
        try sink.makeMapping(
            MappingRequest(
                name: name, schema: Self.schema,
                outputs: Self.schema.columns.enumerated().map { OutputField(name: $1.name, column: $0) },
                options: .test(options)))
    }

    private func makeWrite(
        _ mapping: any RowMapping, _ texts: [String?] = full, at version: Int64, ordinal: UInt64 = 0,
        action: SinkWrite.Action = .upsert, kind: ChangeKind = .update
    ) -> SinkWrite {
        SinkWrite(
            mapping: mapping, action: action, row: Row(schema: Self.schema, texts: texts),
            version: Version(rawValue: version), position: Position(commit: UInt64(version), ordinal: ordinal),
            kind: kind, committedAt: 0, transaction: UInt64(version))
    }

    private func apply(_ sink: RedisSink, _ writes: SinkWrite...) async throws -> String {
        try await sink.apply(writes, lane: 0).map {
            switch $0 {
            case .applied: "applied"
            case .stale: "stale"
            case .park(let reason): "park: \(reason)"
            case .retry(let reason): "retry: \(reason)"
            case .split: "split"
            case .stop(let error): "stop: \(error)"
            }
        }.joined(separator: " | ")
    }

    // MARK: Hashes

    @Test func aRowIsAHashWithAFieldForEachColumn() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let key = "\(lab.prefix):7"
                let mapping = try makeMapping(sink, ["hash": .text("\(lab.prefix):{id}")])
                #expect(try await apply(sink, makeWrite(mapping, at: 42)) == "applied")
                var fields = try await lab.hash(key)
                #expect(fields.removeValue(forKey: "__v")?.hasPrefix("00000000000000000042+") == true)
                #expect(
                    fields == [
                        "id": "7", "name": "Ann \"é\"\n", "isActive": "true", "price": "12.50", "photo": "AP8NCg==",
                        "at": "2024-01-02T03:04:05.678901Z", "tags": "[\"a\",\"b c\"]",
                    ])
                #expect(try await lab.ask("TTL", key) == .integer(-1))
            }
        }
    }

    @Test func fieldsThatTheRowNoLongerHasVanish() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let key = "\(lab.prefix):7"
                let mapping = try makeMapping(sink, ["hash": .text("\(lab.prefix):{id}")])
                try await lab.ask("HSET", key, "foreign", "x")
                #expect(try await apply(sink, makeWrite(mapping, at: 1)) == "applied")
                #expect(try await lab.hash(key)["foreign"] == nil)
                let sparse: [String?] = ["7", nil, nil, nil, nil, nil, nil]
                #expect(try await apply(sink, makeWrite(mapping, sparse, at: 2)) == "applied")
                #expect(try await Set(lab.hash(key).keys) == ["id", "__v"])
            }
        }
    }

    @Test func nullsAndBytesAreWhatTheMappingSays() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try makeMapping(
                    sink,
                    [
                        "hash": .text("\(lab.prefix):{id}"), "nulls": .text("empty"), "bytes": .text("raw"),
                        "version_field": .text("version"),
                    ])
                let texts: [String?] = ["7", nil, "f", nil, "\\x00ff0d0a", nil, nil]
                #expect(try await apply(sink, makeWrite(mapping, texts, at: 1)) == "applied")
                #expect(try await lab.ask("HGET", "\(lab.prefix):7", "photo") == .bulk([0, 0xff, 0x0d, 0x0a]))
                let fields = try await lab.hash("\(lab.prefix):7")
                #expect(fields["name"] == "" && fields["price"] == "" && fields["isActive"] == "false")
                #expect(fields["version"] != nil && fields["__v"] == nil)
            }
        }
    }

    @Test func aKeyOfAnotherTypeParksAndStays() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let hash = try makeMapping(sink, ["hash": .text("\(lab.prefix):{id}")])
                let set = try makeMapping(sink, ["set": .text("\(lab.prefix):{id}"), "member": .text("{id}")])
                try await lab.ask("SET", "\(lab.prefix):7", "mine")
                let reason = "park: the key holds a value of another type (WRONGTYPE)"
                #expect(try await apply(sink, makeWrite(hash, at: 1)) == reason)
                #expect(try await apply(sink, makeWrite(set, at: 1)) == reason)
                #expect(try await lab.ask("GET", "\(lab.prefix):7") == .bulk(Array("mine".utf8)))
                try await lab.ask("DEL", "\(lab.prefix):7")
                // What was refused left no version behind.
                #expect(try await apply(sink, makeWrite(set, at: 1)) == "applied")
            }
        }
    }

    @Test func aRowThatCannotBeReadParksAndTheOthersGoOn() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try makeMapping(sink, ["hash": .text("\(lab.prefix):{id}")])
                var broken = Self.full
                broken[0] = "8"
                broken[4] = "\\x0"
                var last = Self.full
                last[0] = "9"
                #expect(
                    try await apply(
                        sink, makeWrite(mapping, at: 1), makeWrite(mapping, broken, at: 2),
                        makeWrite(mapping, last, at: 3))
                        == "applied | park: column photo has a value that cannot be read | applied")
                #expect(try await lab.hash("\(lab.prefix):9")["id"] == "9")
                #expect(try await lab.ask("EXISTS", "\(lab.prefix):8") == .integer(0))
            }
        }
    }

    // MARK: Lifetimes

    @Test func everyAppliedWriteBeginsTheLifetimeAnewAndAStaleOneTouchesNothing() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                for form in ["hash", "json"] {
                    let key = "\(lab.prefix):\(form):7"
                    let mapping = try makeMapping(
                        sink, [form: .text("\(lab.prefix):\(form):{id}"), "ttl": .duration(.seconds(600))])
                    #expect(try await apply(sink, makeWrite(mapping, at: 2)) == "applied")
                    #expect(try await lab.lifetime(key) > 590)
                    try await lab.ask("EXPIRE", key, "100")
                    #expect(
                        try await apply(sink, makeWrite(mapping, at: 1), makeWrite(mapping, at: 2)) == "stale | stale")
                    #expect(try await lab.lifetime(key) <= 100)
                    #expect(try await apply(sink, makeWrite(mapping, at: 3)) == "applied")
                    #expect(try await lab.lifetime(key) > 590)
                }
            }
        }
    }

    @Test func whatHasExpiredIsNotRevivedByAReplay() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                for form in ["hash", "json"] {
                    let key = "\(lab.prefix):\(form):7"
                    let mapping = try makeMapping(
                        sink, [form: .text("\(lab.prefix):\(form):{id}"), "ttl": .duration(.seconds(600))])
                    #expect(try await apply(sink, makeWrite(mapping, at: 2)) == "applied")
                    // As if its time had come.
                    try await lab.ask("DEL", key)
                    #expect(
                        try await apply(sink, makeWrite(mapping, at: 1), makeWrite(mapping, at: 2)) == "stale | stale")
                    #expect(try await lab.ask("EXISTS", key) == .integer(0))
                    #expect(try await apply(sink, makeWrite(mapping, at: 3)) == "applied")
                }
            }
        }
    }

    @Test func aRowExpiresAtTheTimeInItsColumn() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                for form in ["hash", "json"] {
                    let key = "\(lab.prefix):\(form):7"
                    let mapping = try makeMapping(
                        sink, [form: .text("\(lab.prefix):\(form):{id}"), "expires_at": .text("at")])
                    func write(_ at: String?, version: Int64) async throws -> String {
                        var texts = Self.full
                        texts[5] = at
                        return try await apply(sink, makeWrite(mapping, texts, at: version))
                    }
                    #expect(try await write("2100-01-01 00:00:00.123456+00", version: 1) == "applied")
                    #expect(try await lab.ask("PEXPIRETIME", key) == .integer(4_102_444_800_123))
                    #expect(try await write(nil, version: 2) == "applied")
                    #expect(try await lab.ask("PEXPIRETIME", key) == .integer(-1))
                    #expect(try await write("infinity", version: 3) == "applied")
                    #expect(try await lab.ask("PEXPIRETIME", key) == .integer(-1))
                    for (version, past) in [
                        (4, "2001-01-01 00:00:00+00"), (6, "-infinity"), (8, "0044-03-15 12:00:00+00 BC"),
                    ] {
                        #expect(try await write(past, version: Int64(version)) == "applied")
                        #expect(try await lab.ask("EXISTS", key) == .integer(0))
                        // What expired is remembered: an older write stays out.
                        #expect(try await write("2100-01-01 00:00:00+00", version: Int64(version) - 1) == "stale")
                        #expect(try await lab.ask("EXISTS", key) == .integer(0))
                    }
                    #expect(try await write("294276-12-31 23:59:59.999999+00", version: 9) == "applied")
                    #expect(try await lab.ask("EXISTS", key) == .integer(1))
                }
            }
        }
    }

    @Test func aMappingThatLosesItsLifetimeKeepsWhatItWrites() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let forms: [[String: OptionValue]] = [
                    ["hash": .text("\(lab.prefix):hash:{id}")], ["json": .text("\(lab.prefix):json:{id}")],
                ]
                for (form, options) in zip(["hash", "json"], forms) {
                    let brief = try makeMapping(sink, options.merging(["ttl": .duration(.seconds(600))]) { $1 })
                    let lasting = try makeMapping(sink, options)
                    #expect(
                        try await apply(sink, makeWrite(brief, at: 1), makeWrite(lasting, at: 2)) == "applied | applied"
                    )
                    #expect(try await lab.ask("TTL", "\(lab.prefix):\(form):7") == .integer(-1))
                }
            }
        }
    }

    @Test func aDeletionIsRememberedForAsLongAsTheSinkIsTold() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink(["tombstone_ttl": .duration(.seconds(3600))]) { sink in
                let mapping = try makeMapping(sink, ["hash": .text("\(lab.prefix):{id}")])
                #expect(
                    try await apply(sink, makeWrite(mapping, at: 1), makeWrite(mapping, at: 2, action: .delete))
                        == "applied | applied")
                let left = try await lab.lifetime("millrace:v:{\(lab.prefix):7}")
                #expect(left > 3590 && left <= 3600)
                #expect(try await lab.ask("EXISTS", "\(lab.prefix):7") == .integer(0))
            }
        }
    }

    // MARK: Documents

    @Test func aRowIsOneJSONDocument() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let exact = try makeMapping(sink, ["json": .text("\(lab.prefix):{id}")])
                #expect(try await apply(sink, makeWrite(exact, at: 1)) == "applied")
                #expect(
                    try await lab.ask("GET", "\(lab.prefix):7").text
                        == #"{"id":7,"name":"Ann \"é\"\n","isActive":true,"price":"12.50","photo":"AP8NCg==","#
                        + #""at":"2024-01-02T03:04:05.678901Z","tags":["a","b c"]}"#)
                let short = try makeMapping(
                    sink,
                    [
                        "json": .text("\(lab.prefix):{id}"), "nulls": .text("omit"), "decimals": .text("number"),
                        "bytes": .text("hex"),
                    ])
                let texts: [String?] = ["7", nil, nil, "12.50", "\\x00ff", nil, nil]
                #expect(try await apply(sink, makeWrite(short, texts, at: 2)) == "applied")
                #expect(
                    try await lab.ask("GET", "\(lab.prefix):7").text == #"{"id":7,"price":12.50,"photo":"00ff"}"#)
            }
        }
    }

    // MARK: Streams

    @Test func aStreamRefusesWhatItHas() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let key = "\(lab.prefix):log"
                let mapping = try makeMapping(sink, ["stream": .text(key)])
                var deleted = RowBuilder()
                deleted.append("7")
                for _ in 1..<Self.schema.columns.count { deleted.appendUnchanged() }
                let writes = [
                    makeWrite(mapping, at: 1 << 60, action: .append, kind: .insert),
                    makeWrite(mapping, at: 1 << 60, ordinal: 1, action: .append),
                    SinkWrite(
                        mapping: mapping, action: .append, row: deleted.row(schema: Self.schema),
                        version: Version(rawValue: 1 << 60 + 256), position: Position(commit: 3), kind: .delete,
                        committedAt: 0, transaction: 0),
                ]
                for count in [2, 3, 3] {
                    let results = try await sink.apply(Array(writes[..<count]), lane: 0)
                    #expect(results.count == count)
                }
                let entries = try #require(try await lab.ask("XRANGE", key, "-", "+").elements)
                #expect(
                    entries.map { $0.elements?.first?.text }
                        == ["1152921504606846976-0", "1152921504606846976-1", "1152921504606847232-0"])
                #expect(
                    entries.last?.elements?.last
                        == .array(["__op", "delete", "id", "7"].map { .bulk(Array($0.utf8)) }))
                #expect(
                    try await apply(sink, writes[0], writes[2]) == "stale | stale")
            }
        }
    }

    @Test func aStreamKeepsItsLength() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let key = "\(lab.prefix):log"
                let mapping = try makeMapping(
                    sink, ["stream": .text(key), "length_max": .integer(100), "kind_field": .text("kind")])
                for part in 0..<5 {
                    let writes = (0..<100).map {
                        makeWrite(mapping, at: Int64(part * 100 + $0 + 1), action: .append)
                    }
                    #expect(
                        try await sink.apply(writes, lane: 0).allSatisfy {
                            if case .applied = $0 { true } else { false }
                        })
                }
                guard case .integer(let length) = try await lab.ask("XLEN", key) else { return }
                #expect(length >= 100 && length < 300)
            }
        }
    }

    @Test func aStreamOfAnotherTypeParksAndRowsOfOtherFormsGoOn() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                try await lab.ask("SET", "\(lab.prefix):log", "text")
                let stream = try makeMapping(sink, ["stream": .text("\(lab.prefix):log")])
                let hash = try makeMapping(sink, ["hash": .text("\(lab.prefix):{id}")])
                #expect(
                    try await apply(sink, makeWrite(stream, at: 1, action: .append), makeWrite(hash, at: 1))
                        == "park: the key holds a value of another type (WRONGTYPE) | applied")
            }
        }
    }

    // MARK: Invalidation

    @Test func everyChangeDeletesTheKeyOfAnInvalidation() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try makeMapping(sink, ["delete": .text("\(lab.prefix):cache:{id}")])
                for (version, action) in [(1, SinkWrite.Action.upsert), (2, .delete), (2, .delete), (1, .upsert)] {
                    try await lab.ask("SET", "\(lab.prefix):cache:7", "old")
                    #expect(try await apply(sink, makeWrite(mapping, at: Int64(version), action: action)) == "applied")
                    #expect(try await lab.ask("EXISTS", "\(lab.prefix):cache:7") == .integer(0))
                }
                try await lab.ask("SET", "\(lab.prefix):cache:8", "old")
                try await sink.truncate(mapping, floor: Version(rawValue: 5))
                #expect(try await lab.ask("EXISTS", "\(lab.prefix):cache:8") == .integer(0))
            }
        }
    }

    // MARK: Truncates

    @Test func aTruncateSparesTheKeysOfOtherMappingsAndOfOthers() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                for form in ["hash", "json"] {
                    let prefix = "\(lab.prefix):\(form)"
                    let first = try makeMapping(sink, [form: .text("\(prefix):{id}")], name: "first")
                    let second = try makeMapping(sink, [form: .text("\(prefix):other:{id}")], name: "second")
                    #expect(
                        try await apply(sink, makeWrite(first, at: 1), makeWrite(second, at: 1)) == "applied | applied")
                    try await lab.ask("HSET", "\(prefix):foreign", "a", "b")
                    try await lab.ask("SET", "\(prefix):text", "c")
                    try await sink.truncate(first, floor: Version(rawValue: 9))
                    #expect(try await lab.ask("EXISTS", "\(prefix):7") == .integer(0))
                    for key in ["other:7", "foreign", "text"] {
                        #expect(try await lab.ask("EXISTS", "\(prefix):\(key)") == .integer(1))
                    }
                }
            }
        }
    }

    @Test func aTruncateOfASetSparesTheMembersOfOthers() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let options: [String: OptionValue] = ["set": .text("\(lab.prefix):all"), "member": .text("{id}")]
                let first = try makeMapping(sink, options, name: "first")
                let second = try makeMapping(sink, options, name: "second")
                var other = Self.full
                other[0] = "8"
                #expect(
                    try await apply(sink, makeWrite(first, at: 1), makeWrite(second, other, at: 1))
                        == "applied | applied")
                try await lab.ask("SADD", "\(lab.prefix):all", "foreign")
                try await sink.truncate(first, floor: Version(rawValue: 9))
                let members = try #require(try await lab.ask("SMEMBERS", "\(lab.prefix):all").elements)
                #expect(Set(members.compactMap(\.text)) == ["8", "foreign"])
            }
        }
    }

    @Test func aTruncateOfManyKeysFindsThemAll() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try makeMapping(sink, ["hash": .text("\(lab.prefix):{id}")])
                let writes = (0..<3000).map { number in
                    var texts = Self.full
                    texts[0] = "\(number)"
                    return makeWrite(mapping, texts, at: 1)
                }
                _ = try await sink.apply(writes, lane: 1)
                try await sink.truncate(mapping, floor: Version(rawValue: 2))
                #expect(try await lab.ask("KEYS", "\(lab.prefix):*") == .array([]))
            }
        }
    }
}

extension RedisLab {
    /// How many seconds a key has left.
    func lifetime(_ key: String) async throws -> Int64 {
        guard case .integer(let seconds) = try await ask("TTL", key) else { return -3 }
        return seconds
    }
}

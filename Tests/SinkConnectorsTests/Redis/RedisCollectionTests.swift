import Randomness
import Change
import Connector
import ConnectorTestKit
import RedisCodec
import Synchronization
import Testing

@testable import SinkConnectors

/// Collections with a lifetime: changed only where they are, made only whole.
@Suite(.enabled(if: RedisLab.isWanted)) struct RedisCollectionTests {
    private static let schema = TableSchema.forTest(
        "orders", columns: [("id", .int64), ("user", .text), ("placed", .timestampWithZone)], key: ["id"],
        identity: .full)

    private static func row(_ id: Int, _ user: String, second: Int = 0) -> Row {
        Row(schema: schema, texts: ["\(id)", user, "2024-01-01 00:00:\(second < 10 ? "0" : "")\(second)+00"])
    }

    /// Rows by user, and what happens while they are read.
    private final class Orders: ReadableSource {
        let requests = Mutex<[LookupRequest]>([])
        let rows: Mutex<[Row]>
        let beforeReturning = Mutex<(@Sendable () async throws -> Void)?>(nil)
        /// What a request may ask for at the most.
        let keysMax: Int

        init(_ rows: [Row], keysMax: Int = .max) {
            self.rows = Mutex(rows)
            self.keysMax = keysMax
        }

        func describe(_ tables: [TableName]) async throws -> [TableSchema] { [] }

        func lookup(_ request: LookupRequest) async throws -> LookupResult {
            requests.withLock { $0.append(request) }
            guard request.keys.count <= keysMax else { throw MillraceError(.sourceRejected, "too many rows") }
            let rows = rows.withLock { $0 }
            let result = request.keys.map { key in
                rows.filter { row in request.parts.map { $0.text(of: row) } == key }
            }
            if let action = beforeReturning.withLock({ $0.take() }) { try await action() }
            return LookupResult(rows: result)
        }
    }

    private func makeMapping(
        _ sink: RedisSink, _ lab: RedisLab, ttl: Int = 600, shaping: (any RowShaping)? = nil
    ) throws -> any RowMapping {
        try sink.makeMapping(
            MappingRequest(
                name: "orders", schema: Self.schema, outputs: [],
                options: .test([
                    "sorted_set": .text("\(lab.prefix):{user}"), "member": .text("{id}"), "score": .text("placed"),
                    "ttl": .duration(.seconds(ttl)),
                ]), shaping: shaping))
    }

    private func makeWrite(
        _ mapping: any RowMapping, _ row: Row, at version: Int64, action: SinkWrite.Action = .upsert
    ) -> SinkWrite {
        SinkWrite(
            mapping: mapping, action: action, row: row, version: Version(rawValue: version),
            position: Position(commit: UInt64(version)), kind: .update, committedAt: 0, transaction: UInt64(version))
    }

    private func isApplied(_ result: ItemResult) -> Bool { if case .applied = result { true } else { false } }
    private func isStale(_ result: ItemResult) -> Bool { if case .stale = result { true } else { false } }
    private func isRetry(_ result: ItemResult) -> Bool { if case .retry = result { true } else { false } }

    private func members(_ lab: RedisLab, _ user: String) async throws -> [String] {
        try #require(try await lab.ask("ZRANGE", "\(lab.prefix):\(user)", "0", "-1").elements).compactMap(\.text)
    }

    @Test func aChangeThatFindsItsCollectionAbsentMakesItWhole() async throws {
        try await RedisLab.run { lab in
            let source = Orders([
                Self.row(1, "ann", second: 3), Self.row(2, "ann", second: 1), Self.row(3, "bob"),
                Self.row(4, "ann", second: 2),
            ])
            try await lab.withSink(source: source) { sink in
                let mapping = try makeMapping(sink, lab)
                let results = try await sink.apply(
                    [
                        makeWrite(mapping, Self.row(1, "ann", second: 3), at: 10),
                        makeWrite(mapping, Self.row(4, "ann", second: 2), at: 11),
                        makeWrite(mapping, Self.row(3, "bob"), at: 11),
                    ], lane: 0)
                #expect(results.allSatisfy(isApplied))
                #expect(try await members(lab, "ann") == ["2", "4", "1"])
                #expect(try await members(lab, "bob") == ["3"])
                #expect(try await lab.ask("ZSCORE", "\(lab.prefix):ann", "2").text == "1704067201000")
                #expect(try await lab.lifetime("\(lab.prefix):ann") > 590)
                // One look-up for both collections, not before either transaction is visible.
                let requests = source.requests.withLock { $0 }
                #expect(requests.count == 1)
                #expect(requests.first?.keys == [["ann"], ["bob"]])
                #expect(requests.first?.parts == [LookupRequest.Part(column: 1)])
                #expect(requests.first?.transactions == [10, 11])
            }
        }
    }

    @Test func collectionsThatAreTooMuchTogetherAreReadOneByOne() async throws {
        try await RedisLab.run { lab in
            let users = ["ann", "bob", "cid"]
            let source = Orders(users.indices.map { Self.row($0, users[$0]) }, keysMax: 1)
            try await lab.withSink(source: source) { sink in
                let mapping = try makeMapping(sink, lab)
                let writes = users.indices.map { makeWrite(mapping, Self.row($0, users[$0]), at: Int64($0 + 1)) }
                #expect(try await sink.apply(writes, lane: 0).allSatisfy(isApplied))
                for (index, user) in users.enumerated() { #expect(try await members(lab, user) == ["\(index)"]) }
                #expect(source.requests.withLock { $0.map(\.keys.count) } == [3, 1, 1, 1])
            }
        }
    }

    @Test func aCollectionByAPathIsMadeOfAllThatShareTheValueThere() async throws {
        try await RedisLab.run { lab in
            let products = SampleCollection(["category"], identity: .full)
            let rows = try [
                ["_id": 1, "category": ["id": "c1", "name": "old"]],
                ["_id": 2, "category": ["id": "c1", "name": "new"]],
                ["_id": 3, "category": ["id": "c2"]],
            ].map { try products.row($0) }
            let source = Orders(rows)
            try await lab.withSink(source: source) { sink in
                let mapping = try sink.makeMapping(
                    MappingRequest(
                        name: "products", schema: products.schema, outputs: [],
                        options: .test([
                            "set": .text("\(lab.prefix):{category.id}"), "member": .text("{_id}"),
                            "ttl": .duration(.seconds(600)),
                        ])))
                let results = try await sink.apply(
                    [makeWrite(mapping, rows[0], at: 10), makeWrite(mapping, rows[1], at: 11)], lane: 0)
                #expect(results.allSatisfy(isApplied))
                #expect(
                    try await lab.ask("SMEMBERS", "\(lab.prefix):c1").elements?.compactMap(\.text).sorted() == [
                        "1", "2",
                    ])
                let request = try #require(source.requests.withLock { $0.first })
                #expect(request.keys == [[#""c1""#]] && request.meansKeyText)
            }
        }
    }

    @Test func aCollectionThatIsThereIsChangedWithoutReading() async throws {
        try await RedisLab.run { lab in
            let source = Orders([Self.row(1, "ann")])
            try await lab.withSink(source: source) { sink in
                let mapping = try makeMapping(sink, lab)
                _ = try await sink.apply([makeWrite(mapping, Self.row(1, "ann"), at: 1)], lane: 0)
                let results = try await sink.apply(
                    [
                        makeWrite(mapping, Self.row(2, "ann"), at: 2),
                        makeWrite(mapping, Self.row(1, "ann"), at: 3, action: .delete),
                    ], lane: 0)
                #expect(results.allSatisfy(isApplied))
                #expect(try await members(lab, "ann") == ["2"])
                #expect(source.requests.withLock { $0.count } == 1)
            }
        }
    }

    @Test func aStaleChangeNeitherBuildsNorProlongs() async throws {
        try await RedisLab.run { lab in
            let source = Orders([Self.row(1, "ann")])
            try await lab.withSink(source: source) { sink in
                let mapping = try makeMapping(sink, lab)
                let write = makeWrite(mapping, Self.row(1, "ann"), at: 5)
                _ = try await sink.apply([write], lane: 0)
                try await lab.ask("EXPIRE", "\(lab.prefix):ann", "100")
                #expect(try await sink.apply([write], lane: 0).allSatisfy(isStale))
                #expect(try await lab.lifetime("\(lab.prefix):ann") <= 100)
                // As if its time had come.
                try await lab.ask("DEL", "\(lab.prefix):ann")
                #expect(try await sink.apply([write], lane: 0).allSatisfy(isStale))
                #expect(try await members(lab, "ann").isEmpty)
                #expect(source.requests.withLock { $0.count } == 1)
            }
        }
    }

    @Test func aDeletionNeedsNoCollectionAndIsRemembered() async throws {
        try await RedisLab.run { lab in
            let source = Orders([Self.row(1, "ann"), Self.row(2, "ann")])
            try await lab.withSink(source: source) { sink in
                let mapping = try makeMapping(sink, lab)
                #expect(
                    try await sink.apply([makeWrite(mapping, Self.row(2, "ann"), at: 9, action: .delete)], lane: 0)
                        .allSatisfy(isApplied))
                #expect(source.requests.withLock { $0.isEmpty })
                // The read for an older change still sees the row; the deletion that was applied wins.
                #expect(
                    try await sink.apply([makeWrite(mapping, Self.row(1, "ann"), at: 8)], lane: 1).allSatisfy(isApplied)
                )
                #expect(try await members(lab, "ann") == ["1"])
            }
        }
    }

    @Test func aMemberThatCameBackIsInTheCollectionThatItsReturnMakes() async throws {
        try await RedisLab.run { lab in
            let source = Orders([Self.row(1, "ann")])
            try await lab.withSink(source: source) { sink in
                let mapping = try makeMapping(sink, lab)
                let results = try await sink.apply(
                    [
                        makeWrite(mapping, Self.row(1, "ann"), at: 1, action: .delete),
                        makeWrite(mapping, Self.row(1, "ann"), at: 2),
                    ], lane: 0)
                #expect(results.allSatisfy(isApplied))
                #expect(try await members(lab, "ann") == ["1"])
            }
        }
    }

    @Test func aCollectionWithoutRowsStaysAbsentAndItsChangeIsSettled() async throws {
        try await RedisLab.run { lab in
            try await lab.withSink(source: Orders([])) { sink in
                let mapping = try makeMapping(sink, lab)
                #expect(
                    try await sink.apply([makeWrite(mapping, Self.row(1, "ann"), at: 1)], lane: 0).allSatisfy(isApplied)
                )
                #expect(try await lab.ask("EXISTS", "\(lab.prefix):ann") == .integer(0))
            }
        }
    }

    @Test func aCollectionThatAnotherLaneMakesMeanwhileIsChangedInPlace() async throws {
        try await RedisLab.run { lab in
            let source = Orders([Self.row(1, "ann")])
            try await lab.withSink(source: source) { sink in
                let mapping = try makeMapping(sink, lab)
                let other = makeWrite(mapping, Self.row(1, "ann", second: 1), at: 3)
                source.beforeReturning.withLock { action in
                    action = { _ = try await sink.apply([other], lane: 1) }
                }
                // Read before row 2 was there, and overtaken: row 2 is added to what the other lane has made.
                let results = try await sink.apply([makeWrite(mapping, Self.row(2, "ann"), at: 4)], lane: 0)
                #expect(results.allSatisfy(isApplied))
                #expect(try await Set(members(lab, "ann")) == ["1", "2"])
                #expect(source.requests.withLock { $0.count } == 2)
            }
        }
    }

    @Test func aChangeOnItsWayWinsOverTheRead() async throws {
        try await RedisLab.run { lab in
            let source = Orders([Self.row(1, "ann"), Self.row(2, "ann", second: 1)])
            try await lab.withSink(source: source) { sink in
                let mapping = try makeMapping(sink, lab)
                // Row 1 makes the collection at version 10, of a read that has not seen the change of row 2 at 9.
                _ = try await sink.apply([makeWrite(mapping, Self.row(1, "ann"), at: 10)], lane: 0)
                let late = makeWrite(mapping, Self.row(2, "ann", second: 30), at: 9)
                #expect(try await sink.apply([late], lane: 1).allSatisfy(isApplied))
                #expect(try await lab.ask("ZSCORE", "\(lab.prefix):ann", "2").text == "1704067230000")
            }
        }
    }

    @Test func rowsThatTheMappingLeavesOutAreNotInTheCollection() async throws {
        struct OnlyOdd: RowShaping {
            var sourceSchema: TableSchema
            func sourceColumns(behind columns: Set<Int>) -> Set<Int> { columns }
            func shape(_ row: Row) throws -> Row? {
                (row.text(0).flatMap { Int($0) } ?? 0).isMultiple(of: 2) ? nil : row
            }
        }
        try await RedisLab.run { lab in
            let source = Orders((1...9).map { Self.row($0, "ann", second: $0) })
            try await lab.withSink(source: source) { sink in
                let mapping = try makeMapping(sink, lab, shaping: OnlyOdd(sourceSchema: Self.schema))
                _ = try await sink.apply([makeWrite(mapping, Self.row(1, "ann"), at: 1)], lane: 0)
                #expect(try await members(lab, "ann") == ["1", "3", "5", "7", "9"])
            }
        }
    }

    @Test func whileTheSourceIsAwayTheChangeWaitsAndOthersGoOn() async throws {
        try await RedisLab.run { lab in
            let source = Orders([Self.row(1, "ann")])
            try await lab.withSink(source: source) { sink in
                let mapping = try makeMapping(sink, lab)
                let hash = try sink.makeMapping(
                    MappingRequest(
                        name: "h", schema: Self.schema, outputs: [],
                        options: .test(["hash": .text("\(lab.prefix):h:{id}")])))
                source.beforeReturning.withLock { action in
                    action = { throw MillraceError(.sourceUnavailable, "away") }
                }
                let writes = [
                    makeWrite(mapping, Self.row(1, "ann"), at: 1), makeWrite(hash, Self.row(1, "ann"), at: 1),
                ]
                let results = try await sink.apply(writes, lane: 0)
                #expect(isRetry(results[0]) && isApplied(results[1]))
                #expect(try await members(lab, "ann").isEmpty)
                #expect(try await sink.apply([writes[0]], lane: 0).allSatisfy(isApplied))
                #expect(try await members(lab, "ann") == ["1"])
            }
        }
    }

    @Test func rowsWithoutAScoreParkAloneAndAreLeftOut() async throws {
        try await RedisLab.run { lab in
            let ends = Row(schema: Self.schema, texts: ["2", "ann", "infinity"])
            let source = Orders([Self.row(1, "ann"), ends])
            try await lab.withSink(source: source) { sink in
                let mapping = try makeMapping(sink, lab)
                let results = try await sink.apply(
                    [makeWrite(mapping, ends, at: 1), makeWrite(mapping, Self.row(1, "ann"), at: 1)], lane: 0)
                guard case .park(let reason) = results[0] else {
                    Issue.record("\(results[0])")
                    return
                }
                #expect(reason == "column placed has no number that could be the score")
                #expect(isApplied(results[1]))
                #expect(try await members(lab, "ann") == ["1"])
            }
        }
    }

    @Test func manyCollectionsAreReadInGroups() async throws {
        try await RedisLab.run { lab in
            let rows = (0..<200).map { Self.row($0, "user\($0)") }
            let source = Orders(rows)
            try await lab.withSink(source: source) { sink in
                let mapping = try makeMapping(sink, lab)
                let results = try await sink.apply(rows.map { makeWrite(mapping, $0, at: 1) }, lane: 0)
                #expect(results.allSatisfy(isApplied))
                #expect(source.requests.withLock { $0.map(\.keys.count) } == [4, 8, 16, 32, 64, 64, 12])
                #expect(try await lab.ask("KEYS", "\(lab.prefix):user*").elements?.count == 200)
            }
        }
    }

    /// Histories of members that come, change and go, in lanes that run against each other, over collections that
    /// vanish at any moment: at the end each collection is absent or what the source has.
    @Test(arguments: 1...4)
    func whateverVanishesACollectionIsWholeOrAbsent(seed: UInt64) async throws {
        try await RedisLab.run { lab in
            let source = Orders([])
            try await lab.withSink(source: source) { sink in
                let mapping = try makeMapping(sink, lab)
                var numbers = SeededNumbers(seed: seed)
                var state: [Int: Row] = [:]
                for round in 1...60 {
                    var lanes: [[SinkWrite]] = [[], []]
                    for step in 0..<6 {
                        let version = Int64(round * 10 + step)
                        let id = Int.random(in: 0..<12, using: &numbers)
                        if let old = state[id], Int.random(in: 0..<3, using: &numbers) == 0 {
                            state[id] = nil
                            lanes[id % 2].append(makeWrite(mapping, old, at: version, action: .delete))
                        } else {
                            let user = "u\(id % 3)"
                            let row = Self.row(id, user, second: Int.random(in: 0..<60, using: &numbers))
                            state[id] = row
                            lanes[id % 2].append(makeWrite(mapping, row, at: version))
                        }
                    }
                    let now = Array(state.values)
                    source.rows.withLock { $0 = now }
                    if Int.random(in: 0..<3, using: &numbers) == 0 {
                        try await lab.ask("DEL", "\(lab.prefix):u\(Int.random(in: 0..<3, using: &numbers))")
                    }
                    let batches = lanes
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for lane in 0..<2 {
                            group.addTask {
                                for result in try await sink.apply(batches[lane], lane: lane) {
                                    #expect(isApplied(result) || isStale(result))
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                    for user in 0..<3 {
                        let found = try await members(lab, "u\(user)")
                        let expected = state.values.filter { $0.text(1) == "u\(user)" }.compactMap { $0.text(0) }
                        #expect(found.isEmpty || Set(found) == Set(expected), "round \(round)")
                    }
                }
            }
        }
    }
}

import Change
import PostgresClient
import Testing

struct PgOutputDecoderTests {
    @Test func everyMessageOfARealServerIsRead() throws {
        var decoding = Decoding.golden
        try decoding.decode(Golden.messages)
        let batch = decoding.decoder.takeBatch()
        #expect(Rendering.lines([batch]) == Golden.rendered)
        #expect(decoding.decoder.isBatchEmpty)
    }

    @Test func whereABatchIsCutDoesNotShow() throws {
        for step in 1...Golden.messages.count {
            var decoding = Decoding.golden
            var batches: [ChangeBatch] = []
            for (index, message) in Golden.messages.enumerated() {
                try decoding.decode(message)
                guard index % step == 0 else { continue }
                batches.append(decoding.decoder.takeBatch())
                #expect(batches.last?.transactions.last?.isComplete ?? true == !decoding.decoder.isInTransaction)
            }
            batches.append(decoding.decoder.takeBatch())
            #expect(Rendering.lines(batches) == Golden.rendered, "cut after every \(step) messages")
        }
    }

    @Test func schemasCarryTypesIdentityAndKey() throws {
        var decoding = Decoding.golden
        try decoding.decode(Golden.messages)
        let schemas = decoding.decoder.takeBatch().schemas
        let orders = try #require(schemas.first { $0.table.name == "orders" })
        #expect(orders.id == 16437)
        #expect(orders.columns.map(\.sourceType) == ["bigint", "numeric(10,2)", "text", "public.mood", "text"])
        #expect(
            orders.columns.map(\.type)
                == [
                    .int64, .decimal(precision: 10, scale: 2), .text, .enumeration(labels: ["sad", "ok", "happy"]),
                    .text,
                ])
        #expect(orders.identity == .primaryKey)
        #expect(orders.primaryKey == [0])
        let byIndex = try #require(schemas.first { $0.table.name == "byindex" })
        #expect(byIndex.identity == .index("byindex_code_key"))
        #expect(byIndex.columns.map(\.isIdentity) == [false, true, false])
        #expect(byIndex.columns[2].name == "Odd \"name")
        #expect(byIndex.primaryKey == [0])
        let whole = try #require(schemas.first { $0.table.name == "whole" })
        #expect(whole.identity == .full)
        #expect(whole.primaryKey.isEmpty)
        let renamed = try #require(schemas.first { $0.table.name == "purchases" })
        #expect(renamed.id == orders.id)
        #expect(renamed.columns.last?.sourceType == "timestamp(3) with time zone")
    }

    @Test func aTableDescribedAgainUnchangedKeepsItsSchema() throws {
        var decoding = Decoding()
        let relation = Message.relation(7, "t", [("id", 23, -1, true)])
        for commit in [UInt64(800), 1600] {
            try decoding.decode([
                Message.begin(commit: commit), relation, Message.insert(7, ["1"]), Message.commit(commit),
            ])
        }
        let batch = decoding.decoder.takeBatch()
        #expect(batch.schemas.count == 1)
        #expect(batch.changes.map(\.schema) == [0, 0])
    }

    @Test func aSchemaChangeWithinATransactionAppliesFromThereOn() throws {
        var decoding = Decoding()
        try decoding.decode([
            Message.begin(commit: 800), Message.relation(7, "t", [("id", 23, -1, true)]), Message.insert(7, ["1"]),
            Message.relation(7, "t", [("id", 23, -1, true), ("b", 25, -1, false)]), Message.insert(7, ["2", "two"]),
            Message.commit(800),
        ])
        #expect(
            Rendering.lines([decoding.decoder.takeBatch()]).filter { $0.contains("insert") }
                == ["0 insert public.t new ('1')", "1 insert public.t new ('2', 'two')"])
    }

    @Test func withIdentityFullTheKeyComesFromTheCatalogAndEachDescriptionAsksForIt() throws {
        var decoding = Decoding()
        decoding.facts[7] = RelationFacts(primaryKey: ["b", "a"])
        let relation = Message.relation(7, "t", identity: "f", [("a", 23, -1, true), ("b", 23, -1, true)])
        try decoding.decode([Message.begin(commit: 800), relation, Message.insert(7, ["1", "2"])])
        decoding.facts[7] = RelationFacts(primaryKey: ["a"])
        try decoding.decode([relation, Message.insert(7, ["1", "2"])])
        #expect(decoding.requests == Array(repeating: CatalogRequest(relation: 7, types: []), count: 2))
        #expect(decoding.decoder.takeBatch().schemas.map(\.primaryKey) == [[1, 0], [0]])
    }

    @Test func withIdentityDefaultTheMessageDecidesWhichColumnsAreTheKey() throws {
        var decoding = Decoding()
        decoding.facts[7] = RelationFacts(primaryKey: ["renamed since", "a"])
        decoding.facts[8] = RelationFacts(primaryKey: ["b", "a"])
        let columns: [(String, UInt32, Int32, Bool)] = [("a", 23, -1, true), ("b", 23, -1, true), ("c", 23, -1, false)]
        try decoding.decode([
            Message.begin(commit: 800), Message.relation(7, "t", columns), Message.relation(8, "u", columns),
            Message.insert(7, ["1", "2", "3"]), Message.insert(8, ["1", "2", "3"]),
        ])
        #expect(decoding.decoder.takeBatch().schemas.map(\.primaryKey) == [[0, 1], [1, 0]])
    }

    @Test func aTypeThatNobodyKnowsIsCarriedAsText() throws {
        var decoding = Decoding()
        try decoding.decode([
            Message.begin(commit: 800), Message.relation(7, "t", [("a", 99_999, 12, true)]), Message.insert(7, ["x"]),
        ])
        let column = try #require(decoding.decoder.takeBatch().schemas.first?.columns.first)
        #expect(column.type == .other)
        #expect(decoding.requests == [CatalogRequest(relation: 7, types: [99_999])])
    }

    @Test func anAnnouncedTypeIsLookedUpAgain() throws {
        var decoding = Decoding()
        let messages = [
            Message("Y").int32(5000).string("public").string("mood").bytes,
            Message.relation(7, "t", [("a", 5000, -1, true)]), Message.insert(7, ["new"]),
        ]
        decoding.types[5000] = PostgresType(oid: 5000, name: "public.mood", kind: .enumeration(labels: ["old"]))
        try decoding.decode([Message.begin(commit: 800)] + messages)
        decoding.types[5000]?.kind = .enumeration(labels: ["old", "new"])
        try decoding.decode(messages)
        #expect(
            decoding.decoder.takeBatch().schemas.map { $0.columns[0].type }
                == [.enumeration(labels: ["old"]), .enumeration(labels: ["old", "new"])])
    }

    @Test func anEmptyTransactionHasItsEnd() throws {
        var decoding = Decoding()
        try decoding.decode([Message.begin(commit: 800, at: 5, id: 7), Message.commit(800, end: 848)])
        let batch = decoding.decoder.takeBatch()
        #expect(Rendering.lines([batch]) == ["begin 100 id 7 at 946684800000005", "end 0/350"])
    }

    @Test(
        arguments: [
            (1000, 1001, 1001), (0x1_FFFF_FFF0, 5, 0x2_0000_0005), (0x2_0000_0005, 0xFFFF_FFF0, 0x1_FFFF_FFF0),
            (0x7_8000_0000, 3, 0x8_0000_0003 - 0x1_0000_0000),
        ] as [(UInt64, UInt32, UInt64)])
    func aTransactionIDIsExtendedToTheNearestFullOne(near: UInt64, id: UInt32, full: UInt64) throws {
        var decoder = PgOutputDecoder(nearTransactionID: near)
        _ = try decoder.decode(Message.begin(commit: 800, id: id).span, sentAt: 0)
        #expect(decoder.takeBatch().transactions.map(\.id) == [full])
    }

    @Test func theTableUsedLongestAgoIsForgottenWhenThereAreTooMany() throws {
        var decoding = Decoding()
        try decoding.decode(Message.begin(commit: 800))
        for oid in 1...UInt32(PgOutputDecoder.relationsMax + 1) {
            try decoding.decode(Message.relation(oid, "t", [("id", 23, -1, true)]))
        }
        try decoding.decode(Message.insert(2, ["1"]))
        #expect(throws: PostgresError.self) { try decoding.decode(Message.insert(1, ["1"])) }
    }

    @Test func theHeadOfAKeyTupleSaysNothingOfOtherColumns() throws {
        var decoding = Decoding()
        try decoding.decode([
            Message.begin(commit: 800), Message.relation(7, "t", [("id", 23, -1, true), ("b", 25, -1, false)]),
            Message("U").int32(7).byte("K").row(["1", nil]).byte("N").int16(2).cell("2").byte("u").bytes,
        ])
        #expect(
            Rendering.lines([decoding.decoder.takeBatch()]).last
                == "0 update public.t key ('1', unchanged) new ('2', unchanged)")
    }
}

import Randomness
import Change
import PostgresClient
import Testing

/// A decoder that is fed nonsense throws; it never traps and never believes it.
struct PgOutputDecoderHostilityTests {
    @Test func everyTruncationOfEveryMessageIsRefused() throws {
        var decoding = Decoding.golden
        for message in Golden.messages {
            // The runs of one byte in the capture are long; their inside adds nothing.
            for length in 0..<message.count where length < 600 || length > message.count - 300 {
                var copy = decoding.decoder
                #expect(throws: PostgresError.self, "\(length) bytes of kind \(message[0])") {
                    _ = try copy.decode(message.span.extracting(0..<length), sentAt: 0)
                }
                #expect(copy.batchByteCount == decoding.decoder.batchByteCount)
            }
            try decoding.decode(message)
        }
    }

    @Test func mutatedMessagesNeverTrap() throws {
        var random = SeededNumbers(seed: 0x5EED)
        var refused = 0
        for _ in 0..<300 {
            var decoding = Decoding.golden
            for message in Golden.messages {
                var mutated = message
                if random.next() % 4 == 0 {
                    for _ in 0...(random.next() % 3) {
                        let place = Int(random.next() % UInt64(min(mutated.count, 200)))
                        mutated[place] = UInt8(truncatingIfNeeded: random.next())
                    }
                }
                do {
                    try decoding.decode(mutated)
                } catch {
                    refused += 1
                    if random.next() % 2 == 0 { break }
                }
            }
            // Whatever was accepted can be read.
            _ = Rendering.lines([decoding.decoder.takeBatch()])
        }
        #expect(refused > 100)
    }

    @Test func aMessageThatGoesOnAfterItsEndIsRefused() throws {
        var decoding = Decoding.golden
        for message in Golden.messages {
            var copy = decoding.decoder
            #expect(throws: PostgresError.self) {
                var outcome = try copy.decode((message + [0]).span, sentAt: 0)
                if case .needs(let request) = outcome {
                    copy.supply(CatalogAnswer(request: request, facts: RelationFacts(), types: []))
                    outcome = try copy.decode((message + [0]).span, sentAt: 0)
                }
            }
            try decoding.decode(message)
        }
    }

    static let table = Message.relation(7, "t", [("a", 23, -1, true)])

    @Test(arguments: [
        [Message.insert(7, ["1"])],
        [Message.commit(800)],
        [Message.begin(commit: 800), Message.begin(commit: 808)],
        [Message.begin(commit: 800), Message.commit(808)],
        [Message.begin(commit: 800), Message.commit(800, end: 800)],
        [Message.begin(commit: 801)],
        [Message.begin(commit: .max)],
        [Message.begin(commit: 0)],
        [Message.begin(commit: 800), Message.insert(8, ["1"])],
        [Message.begin(commit: 800), table, Message.insert(7, ["1", "2"])],
        [Message.begin(commit: 800), table, Message.insert(7, [])],
        [Message.begin(commit: 800), table, Message("I").int32(7).byte("O").row(["1"]).bytes],
        [Message.begin(commit: 800), table, Message("D").int32(7).byte("N").row(["1"]).bytes],
        [Message.begin(commit: 800), table, Message("U").int32(7).byte("K").row(["1"]).bytes],
        [Message.begin(commit: 800), table, Message("I").int32(7).byte("N").int16(1).byte("t").int32(.max).bytes],
        [Message.begin(commit: 800), table, Message("I").int32(7).byte("N").int16(1).byte("b").int32(0).bytes],
        [Message.begin(commit: 800), table, Message("I").int32(7).byte("N").int16(1).byte("?").bytes],
        [Message.begin(commit: 800), table, Message("T").int32(.max).int8(0).int32(7).bytes],
        [Message.begin(commit: 800), table, Message("T").int32(1).int8(0).int32(8).bytes],
        [Message.begin(commit: 800), Message.relation(7, "t", identity: "x", [])],
        [Message("R").int32(7).string("s").string("t").byte("d").int16(0xFFFF).bytes],
        [Message("M").int8(1).int64(800).string("p").int32(0).bytes],
        [Message("M").int8(0).int64(0).string("p").int32(0).bytes],
        [Message("M").int8(2).int64(800).string("p").int32(0).bytes],
        [Message("M").int8(0).int64(800).string("p").int32(0xFFFF_FFFF).bytes],
        [Message.begin(commit: 800), Message("M").int8(0).int64(800).string("p").int32(0).bytes],
        [Message("S").int32(1).int8(1).bytes],
        [Message("E").bytes],
        [Message("c").int32(1).int8(0).int64(800).int64(848).int64(0).bytes],
        [Message("b").int64(1).bytes],
        [[]],
    ])
    func nonsenseIsRefused(messages: [[UInt8]]) throws {
        var decoding = Decoding()
        try decoding.decode(messages.dropLast())
        let error = try #require(throws: PostgresError.self) { try decoding.decode(messages[messages.count - 1]) }
        #expect(error.kind == .protocolViolation)
    }

    @Test func anUnknownKindIsNamed() {
        var decoder = PgOutputDecoder(nearTransactionID: 0)
        let error = #expect(throws: PostgresError.self) { _ = try decoder.decode([0xEE].span, sentAt: 0) }
        #expect(error?.message.contains("238") == true)
    }

    @Test func theAbortOfATransactionNeverSentChangesNothing() throws {
        var decoding = Decoding()
        try decoding.decode(Message("A").int32(1234).int32(1234).bytes)
        #expect(decoding.decoder.isBatchEmpty)
    }

    @Test func noCellValueShowsInAnError() throws {
        var decoding = Decoding()
        try decoding.decode([Message.begin(commit: 800), Self.table])
        let message = Message.insert(7, ["secret"]) + Array("secret".utf8)
        let error = #expect(throws: PostgresError.self) { try decoding.decode(message) }
        #expect(error?.description.contains("secret") == false)
    }
}

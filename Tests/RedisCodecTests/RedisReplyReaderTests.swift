import Randomness
import NIOCore
import Testing

@testable import RedisCodec

@Suite struct RedisReplyReaderTests {
    /// What a server sent for a pipeline of commands, and what it means.
    private static let captured =
        "+OK\r\n:42\r\n:-9223372036854775808\r\n$5\r\nab\r\nc\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n"
        + "*3\r\n:1\r\n*2\r\n$1\r\nx\r\n$-1\r\n+y\r\n-WRONGTYPE Operation against a key\r\n"
    private static let replies: [RedisReply] = [
        .status("OK"), .integer(42), .integer(.min), .bulk(Array("ab\r\nc".utf8)), .bulk([]), .null, .null, .array([]),
        .array([.integer(1), .array([.bulk(Array("x".utf8)), .null]), .status("y")]),
        .error(RedisReplyError(message: "WRONGTYPE Operation against a key")),
    ]

    private func readAll(_ reader: RedisReplyReader, _ bytes: some Sequence<UInt8>) throws -> [RedisReply] {
        try reader.feed(ByteBuffer(bytes: bytes))
        var replies: [RedisReply] = []
        while let reply = try reader.next() { replies.append(reply) }
        return replies
    }

    @Test func everyKindOfReplyIsRead() throws {
        #expect(try readAll(RedisReplyReader(), Self.captured.utf8) == Self.replies)
    }

    @Test func repliesMayBeCutAtEveryByte() throws {
        let bytes = Array(Self.captured.utf8)
        for cut in 0...bytes.count {
            let reader = RedisReplyReader()
            let before = try readAll(reader, bytes[..<cut])
            #expect(before == Array(Self.replies.prefix(before.count)))
            #expect(try before + readAll(reader, bytes[cut...]) == Self.replies)
        }
    }

    @Test func bulksHoldAnyBytes() throws {
        let content = (0...255).map { UInt8($0) }
        let bytes = Array("$256\r\n".utf8) + content + Array("\r\n".utf8)
        #expect(try readAll(RedisReplyReader(), bytes) == [.bulk(content)])
    }

    @Test(arguments: [
        "!1\r\n", ":12x\r\n", "$x\r\n", "$-2\r\n", "*-7\r\n", "*99999999999\r\n", "$99999999999999999999\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
    ])
    func whatIsNotTheProtocolThrowsAndGoesOnThrowing(text: String) throws {
        let reader = RedisReplyReader()
        #expect(throws: RedisCodecError.malformed) { try readAll(reader, text.utf8) }
        #expect(throws: RedisCodecError.malformed) { try reader.next() }
        #expect(throws: RedisCodecError.malformed) { try reader.feed(ByteBuffer(string: ":1\r\n")) }
    }

    @Test func anUnfinishedReplyIsKeptOnlyUpToTheLimit() throws {
        let reader = RedisReplyReader(bytesMax: 100)
        #expect(try readAll(reader, Array("$1000\r\n".utf8) + Array(repeating: 0, count: 90)) == [])
        #expect(throws: RedisCodecError.replyTooLarge(bytesMax: 100)) {
            try readAll(reader, Array(repeating: 0, count: 10))
        }
    }

    @Test func arraysAnnounceNoMoreElementsThanTheLimit() throws {
        let limited = RedisReplyReader(elementsMax: 4)
        #expect(try readAll(limited, "*2\r\n:1\r\n:2\r\n*2\r\n:1\r\n:2\r\n".utf8).count == 2)
        #expect(throws: RedisCodecError.tooManyElements(elementsMax: 4)) { try readAll(limited, "*5\r\n".utf8) }
        let nested = RedisReplyReader(elementsMax: 4)
        #expect(throws: RedisCodecError.tooManyElements(elementsMax: 4)) { try readAll(nested, "*2\r\n*3\r\n".utf8) }
    }

    @Test func mutatedBytesNeverTrap() throws {
        var random = SeededNumbers(seed: 7)
        let bytes = Array(Self.captured.utf8)
        var refused = 0
        for _ in 0..<20_000 {
            var mutated = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                mutated[Int.random(in: 0..<mutated.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            do {
                _ = try readAll(RedisReplyReader(bytesMax: 1 << 16, elementsMax: 1 << 12), mutated)
            } catch is RedisCodecError {
                refused += 1
            }
        }
        #expect(refused > 1000)
    }

    @Test func anErrorShowsItsCodeAndNothingOfItsText() {
        let error = RedisReplyError(message: "ERR unknown command 'secret'")
        #expect(error.code == "ERR")
        #expect("\(error)" == "Redis answered ERR")
        #expect("\(RedisReplyError(message: "pass42 x"))" == "Redis answered an error")
        #expect(RedisReplyError(message: "ERR Error running script: -OOM command not allowed").quotes("OOM"))
    }
}

import Randomness
import Testing

@testable import RedisCodec

@Suite struct RedisCommandsTests {
    @Test func commandsAreArraysOfBulks() throws {
        var commands = RedisCommands()
        try commands.append(["SET", "k", "värld"])
        try commands.append(["PING"])
        #expect(
            String(decoding: commands.bytes, as: UTF8.self)
                == "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$6\r\nvärld\r\n*1\r\n$4\r\nPING\r\n")
        #expect(commands.count == 2)
    }

    @Test func writtenInPlaceTheyAreTheBytesThatHiredisMakes() throws {
        var random = SeededNumbers(seed: 11)
        for _ in 0..<500 {
            let arguments = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            }
            var formatted = RedisCommands()
            try formatted.append(arguments)
            var written = RedisCommands()
            written.beginCommand(arguments: arguments.count)
            let split = Int.random(in: 0...arguments.count, using: &random)
            written.append(encoded: RedisCommands.encoded(Array(arguments[..<split])))
            for argument in arguments[split...] { written.append(argument: argument.span) }
            #expect(written.bytes == formatted.bytes)
            #expect(written.count == 1)
        }
    }

    @Test func whatWasEncodedIsTakenApartAgain() throws {
        let all: [[[UInt8]]] = [
            [Array("GET".utf8), []], [Array("SET".utf8), Array("k\r\n$3".utf8), [0, 255]], [Array("PING".utf8)],
            [Array("X".utf8), Array(repeating: 7, count: 70_000)],
        ]
        var commands = RedisCommands()
        #expect(commands.arguments().isEmpty)
        for arguments in all { try commands.append(arguments) }
        #expect(commands.arguments().map { $0.map { Array(commands.bytes[$0]) } } == all)
    }
}

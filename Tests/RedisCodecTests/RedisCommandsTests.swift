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
        var random = SystemRandomNumberGenerator.Seeded(seed: 11)
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
}

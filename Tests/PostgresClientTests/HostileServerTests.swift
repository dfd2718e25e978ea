import Foundation
import PostgresClient
import Testing
import Threads

/// A server that breaks the protocol at each of its stages: an error with words, bounded memory, no trap, no hang.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct HostileServerTests {
    struct Script: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var steps: [ScriptedServer.Step]

        init(_ name: String, _ steps: [ScriptedServer.Step]) {
            testDescription = name
            self.steps = steps
        }
    }

    private typealias Message = ServerMessage

    static let greetings: [Script] = [
        Script("nothing at all", []),
        Script("bytes that are no message", [.say((0..<200).map { UInt8(truncatingIfNeeded: $0 &* 37) })]),
        Script("a web server's answer", [.say(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))]),
        Script("half a message", [.say(Array(Message.authenticated.prefix(5)))]),
        Script("a length of nothing", [.say([0x52] + Message.number(0))]),
        Script("a negative length", [.say([0x52] + Message.number(-5) + [0, 0, 0, 0])]),
        Script("a length of two gigabytes", [.say([0x52] + Message.number(Int(Int32.max))), .wait]),
        Script("an unknown way of authentication", [.say(Message.of("R", Message.number(9_999)))]),
        Script("an endless challenge", [.say([0x52] + Message.number(1 << 30)), .repeatUpTo(64 << 20, zeros), .wait]),
        Script("a password in the clear", [.say(Message.of("R", Message.number(3))), .hear, .say([0xFF])]),
        Script("an error without an end", [.say(Array(Message.error("x").dropLast(6)))]),
        Script("an error of a megabyte", [.say(Message.error(String(repeating: "x", count: 1 << 20)))]),
        Script("parameters without an end", [.say(Message.authenticated), .repeatUpTo(64 << 20, parameter), .wait]),
    ]

    static let answers: [Script] = [
        Script("nothing at all", []),
        Script("a row before its columns", [.say(Message.parsed + Message.row("x") + Message.done)]),
        Script(
            "columns without an end", [.say(Message.parsed + Message.of("T", Message.short(1_600) + Message.text("a")))]
        ),
        Script("a negative number of columns", [.say(Message.parsed + Message.of("T", Message.short(-1)))]),
        Script(
            "more cells than columns",
            [.say(rows(Message.of("D", Message.short(2) + Message.number(-1) + Message.number(-1))))]),
        Script(
            "a cell longer than its row",
            [.say(rows(Message.of("D", Message.short(1) + Message.number(1_000) + [0x61])))]),
        Script(
            "a row that is cut off", [.say(Array(rows(Message.row(String(repeating: "x", count: 500))).dropLast(80)))]),
        Script(
            "a row said to be of two gigabytes",
            [.say(Message.parsed + Message.oneColumn + [0x44] + Message.number(Int(Int32.max)))]),
        Script("a message of no known kind", [.say(rows(Message.of("~", [1, 2, 3])))]),
        Script(
            "a copy that nobody asked for",
            [.say(Message.parsed + Message.of("H", [0] + Message.short(1) + Message.short(0)))]),
        Script("an end and no answer", [.say(Message.ready)]),
        Script("only an error", [.say(Message.error("no") + Message.ready)]),
    ]

    static let streams: [Script] = [
        Script("no stream", [.say(Message.of("C", Message.text("OK")) + Message.ready)]),
        Script("a stream that ends at once", [.say(stream)]),
        Script("an empty message", [.say(stream + Message.of("d", []))]),
        Script("a message of no known kind", [.say(stream + Message.of("d", Array("?abc".utf8)))]),
        Script("data without its header", [.say(stream + Message.of("d", Array("w".utf8) + [1, 2, 3]))]),
        Script("a keepalive that is cut off", [.say(stream + Message.of("d", Array("k".utf8) + Message.number(0)))]),
        Script("a negative length", [.say(stream + [0x64] + Message.number(-1))]),
        Script("a message of two gigabytes", [.say(stream + [0x64] + Message.number(Int(Int32.max)))]),
        Script("an error in the middle", [.say(stream + Message.error("no"))]),
    ]

    private static let zeros = [UInt8](repeating: 0, count: 65_536)
    private static let parameter = (0..<500).flatMap { _ in Message.of("S", Message.text("a") + Message.text("b")) }
    private static let stream = Message.of("W", [0] + Message.short(0))

    private static func rows(_ row: [UInt8]) -> [UInt8] { Message.parsed + Message.oneColumn + row + Message.done }

    @Test(arguments: greetings) func noGreetingDoesHarm(_ script: Script) async throws {
        try await Self.expectError(script.steps) { settings in _ = try PostgresConnection(settings) }
    }

    @Test(arguments: answers) func noAnswerDoesHarm(_ script: Script) async throws {
        try await Self.expectError([.say(Message.welcome), .hear] + script.steps) { settings in
            _ = try PostgresConnection(settings).query("SELECT $1", ["x"])
        }
    }

    @Test(arguments: streams) func noStreamDoesHarm(_ script: Script) async throws {
        try await Self.expectError([.say(Message.welcome), .hear] + script.steps) { settings in
            let connection = try ReplicationConnection(settings)
            try connection.startReplication(slot: "s", from: .zero, publications: ["p"])
            while true { _ = try connection.receive(timeout: .seconds(1)) }
        }
    }

    @Test func anAnswerAsItShouldBeIsTaken() async throws {
        let server = try ScriptedServer([.say(Message.welcome), .hear, .say(Self.rows(Message.row("x"))), .wait])
        defer { server.stop() }
        let settings = Self.settings(server.port)
        let value = try await DedicatedThread.run(name: "test") {
            try PostgresConnection(settings).query("SELECT $1", ["x"]).scalar
        }
        #expect(value == "x")
    }

    /// After the first row the server says nothing more, and takes no request to cancel either.
    @Test func aServerThatFallsSilentWithinACommandIsGivenUp() async throws {
        typealias Ask = @Sendable (PostgresConnection) throws -> Void
        let copying = Message.of("H", [0] + Message.short(1) + Message.short(0)) + Message.of("d", Array("1\n".utf8))
        let query: Ask = { _ = try $0.query("SELECT $1", ["x"]) }
        let copy: Ask = { try $0.copyOut("COPY t TO STDOUT", patience: .milliseconds(300)) { _ in } }
        let execute: Ask = { try $0.execute("BEGIN") }
        let cases = [(Message.parsed + Message.oneColumn + Message.row("x"), query), (copying, copy), ([], execute)]
        for (script, ask) in cases {
            let server = try ScriptedServer([.say(Message.welcome), .hear, .say(script), .wait])
            defer { server.stop() }
            var settings = Self.settings(server.port)
            settings.patience = .milliseconds(300)
            let begun = ContinuousClock.now
            let error = try await DedicatedThread.run(name: "test") { [settings] in
                let connection = try PostgresConnection(settings)
                return #expect(throws: PostgresError.self) { try ask(connection) }
            }
            #expect(error?.kind == .timeout, "\(String(describing: error))")
            #expect(ContinuousClock.now - begun < .seconds(15))
        }
    }

    /// The same row again and again is told from a long answer by its size.
    @Test func anAnswerWithoutAnEndIsRefusedInBoundedMemory() async throws {
        let row = Message.row(String(repeating: "x", count: 1_000))
        let rows = (0..<64).flatMap { _ in row }
        for start in [Message.parsed + Message.oneColumn, Message.oneColumn] {
            let script: [ScriptedServer.Step] = [
                .say(Message.welcome), .hear, .say(start), .repeatUpTo(1 << 30, rows),
            ]
            try await Self.expectError(script) { settings in
                var settings = settings
                settings.answerBytesMax = 4 << 20
                let connection = try PostgresConnection(settings)
                do {
                    _ = try connection.query("SELECT $1", ["x"])
                } catch let error as PostgresError {
                    #expect(error.kind == .answerTooLarge)
                    throw error
                }
            }
        }
    }

    private static func settings(_ port: Int) -> ConnectionSettings {
        ConnectionSettings(
            "host=127.0.0.1 port=\(port) user=u password=secret dbname=d sslmode=disable gssencmode=disable",
            connectTimeout: .seconds(2))
    }

    private static func expectError(
        _ script: [ScriptedServer.Step], _ body: @escaping @Sendable (ConnectionSettings) throws -> Void
    ) async throws {
        let server = try ScriptedServer(script)
        defer { server.stop() }
        let settings = settings(server.port)
        let before = try residentBytes
        let begun = ContinuousClock.now
        let words = try await DedicatedThread.run(name: "test") { () -> String? in
            do {
                try body(settings)
                return nil
            } catch let error as PostgresError {
                return error.description
            }
        }
        let said = try #require(words, "an error was due")
        #expect(!said.isEmpty && said.utf8.count < 4_096)
        #expect(!said.contains("secret"))
        #expect(ContinuousClock.now - begun < .seconds(20))
        #expect(try residentBytes - before < 100 << 20)
    }

    private static var residentBytes: Int {
        get throws {
            let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
            return (Int(fields[1]) ?? 0) * 4_096
        }
    }
}

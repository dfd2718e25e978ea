import BoltCodec
import Connector
import ConnectorTestKit
import NIOCore
import Synchronization
import Testing

@testable import SinkConnectors

/// The flows of the Bolt specification, each against a server that follows it.
@Suite(.timeLimit(.minutes(1)))
struct BoltClientTests {
    private let statement = BoltStatement("RETURN 1", ["x": .integer(1)])

    private static let transaction: [UInt8] = [BoltTag.begin, BoltTag.run, BoltTag.pull, BoltTag.commit]

    /// The server answers a transaction of one statement with these records.
    private func expect(_ records: [[PackStreamValue]], of client: BoltClient) async throws {
        let found = try await client.ask(statement)
        #expect(found == records)
    }

    @Test(arguments: [(4, 4), (5, 0), (5, 1), (5, 2), (5, 3), (5, 4)] as [(UInt8, UInt8)])
    func eachVersionIsGreetedInItsOwnWay(major: UInt8, minor: UInt8) async throws {
        let version = BoltVersion(major, minor)
        try await ScriptedGraph.run(.init(version)) { graph, client in
            try await expect([], of: client)
            #expect(
                graph.server.handshakes == [
                    [0x60, 0x60, 0xB0, 0x17, 0, 4, 4, 5, 0, 0, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0]
                ])
            let hello = try #require(graph.server.asked.first?.fields.first)
            #expect(hello["user_agent"]?.text?.hasPrefix("millrace/") == true)
            let logon: [UInt8] = version >= BoltVersion(5, 1) ? [BoltTag.logon] : []
            #expect(graph.tags(0) == [BoltTag.hello] + logon + Self.transaction)
            let authentication = logon.isEmpty ? hello : graph.server.asked[1].fields[0]
            #expect(authentication["scheme"] == .text("basic"))
            #expect(authentication["principal"] == .text("me"))
            #expect(authentication["credentials"] == .text("pass"))
            #expect((hello["scheme"] == nil) == !logon.isEmpty)
            #expect(hello["patch_bolt"] == (major == 4 ? .list([.text("utc")]) : nil))
            #expect((hello["bolt_agent"] != nil) == (version >= BoltVersion(5, 3)))
            #expect((hello["notifications_minimum_severity"] != nil) == (version >= BoltVersion(5, 2)))
            #expect(hello["routing"] == nil)
            let begin = try #require(graph.server.asked.first { $0.tag == BoltTag.begin })
            #expect(begin.fields == [.map(["db": .text("shop")])])
            let run = try #require(graph.server.asked.first { $0.tag == BoltTag.run })
            #expect(run.fields == [.text("RETURN 1"), .map(["x": .integer(1)]), .map([:])])
            let pull = try #require(graph.server.asked.first { $0.tag == BoltTag.pull })
            #expect(pull.fields == [.map(["n": .integer(-1)])])
        }
    }

    @Test func aTransactionIsSentBeforeAnyOfItIsAnswered() async throws {
        try await ScriptedGraph.run(.init(holdsUntil: BoltTag.commit)) { graph, client in
            guard case .committed(let records) = try await client.transaction([statement, statement]) else {
                Issue.record("it was refused")
                return
            }
            #expect(records.count == 2)
            #expect(
                graph.tags(0).suffix(6) == [
                    BoltTag.begin, BoltTag.run, BoltTag.pull, BoltTag.run, BoltTag.pull, BoltTag.commit,
                ])
        }
    }

    @Test(arguments: [1, 3, 7, Int.max], [0, 2])
    func recordsComeWholeHoweverTheirBytesArrive(stride: Int, noops: Int) async throws {
        let rows = (0..<15).map { number -> [PackStreamValue] in
            [.integer(Int64(number)), .text(String(repeating: "x", count: number * 10)), .null, .list([.float(0.5)])]
        }
        try await ScriptedGraph.run(
            .init(noops: noops, stride: stride),
            answering: { $0.tag == BoltTag.pull ? .success(["has_more": .boolean(false)], records: rows) : nil },
            { _, client in
                try await expect(rows, of: client)
                try await expect(rows, of: client)
            })
    }

    @Test(arguments: [BoltTag.begin, BoltTag.run, BoltTag.pull, BoltTag.commit])
    func aRefusalIsReadWithAllThatIsIgnoredAfterItAndTheConnectionIsReset(tag: UInt8) async throws {
        let failed = Mutex(false)
        try await ScriptedGraph.run(
            answering: { asked in
                guard asked.tag == tag else { return nil }
                let isFirst = failed.withLock { failed in
                    defer { failed = true }
                    return !failed
                }
                guard isFirst else { return nil }
                return .failure("Neo.ClientError.Statement.TypeError")
            },
            { graph, client in
                guard case .refused(let failure) = try await client.transaction([statement]) else {
                    Issue.record("it was committed")
                    return
                }
                #expect(failure.code == "Neo.ClientError.Statement.TypeError")
                try await expect([], of: client)
                let expected = [BoltTag.hello, BoltTag.logon] + Self.transaction + [BoltTag.reset] + Self.transaction
                #expect(graph.tags(0) == expected)
                #expect(graph.tags(1).isEmpty)
            })
    }

    @Test(arguments: [
        "Neo.ClientError.Cluster.NotALeader", "Neo.ClientError.Security.AuthorizationExpired",
        "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase",
    ])
    func whatAnotherConnectionMendsIsTriedOnAnother(code: String) async throws {
        try await ScriptedGraph.run(
            answering: { $0.tag == BoltTag.run && $0.connection == 0 ? .failure(code) : nil },
            { graph, client in
                await #expect(throws: MillraceError.self) { try await client.ask(statement) }
                try await expect([], of: client)
                #expect(graph.tags(0).last == BoltTag.goodbye)
                #expect(graph.tags(1).suffix(4) == Self.transaction)
            })
    }

    @Test func aResetThatIsRefusedIsTheEndOfTheConnection() async throws {
        try await ScriptedGraph.run(
            answering: { asked in
                guard asked.connection == 0 else { return nil }
                if asked.tag == BoltTag.run { return .failure("Neo.TransientError.Transaction.DeadlockDetected") }
                return asked.tag == BoltTag.reset ? .failure("Neo.DatabaseError.General.UnknownError") : nil
            },
            { graph, client in
                let error = await #expect(throws: MillraceError.self) { try await client.ask(statement) }
                #expect(error?.code == .sinkUnavailable)
                try await expect([], of: client)
                #expect(graph.tags(1).suffix(4) == Self.transaction)
            })
    }

    @Test(arguments: [BoltVersion.oldest, .newest])
    func aUserWhoIsNotAcceptedStops(version: BoltVersion) async throws {
        let tag = version.hasLogon ? BoltTag.logon : BoltTag.hello
        try await ScriptedGraph.run(
            .init(version),
            answering: { $0.tag == tag ? .failure("Neo.ClientError.Security.Unauthorized") : nil },
            { _, client in
                let error = await #expect(throws: MillraceError.self) { try await client.ask(statement) }
                #expect(error?.code == .sinkRejected)
                #expect(error.map { "\($0)".contains("SECRET") } == false)
            })
    }

    /// The server's bytes end after each of the first ones: nothing is taken for done that was not said to be.
    @Test func aConnectionThatBreaksOffAnywhereIsAnUnknownOutcomeAndTheNextOneWorks() async throws {
        // The handshake, HELLO, LOGON, and a transaction of one record.
        var cut = 0
        var isWhole = false
        while !isWhole {
            try await ScriptedGraph.run(
                .init(cutsAfter: cut),
                answering: {
                    $0.tag == BoltTag.pull ? .success(["has_more": .boolean(false)], records: [[.integer(7)]]) : nil
                },
                { graph, client in
                    do {
                        try await expect([[.integer(7)]], of: client)
                        // All of it has come: COMMIT was answered.
                        isWhole = true
                    } catch let error as MillraceError {
                        #expect(error.code == .sinkUnavailable, "after \(cut) bytes: \(error)")
                        try await expect([[.integer(7)]], of: client)
                        #expect(!graph.tags(1).isEmpty)
                    }
                })
            cut += 1
        }
        #expect(cut > 100)
    }

    @Test func aServerThatSaysNothingIsGivenUp() async throws {
        try await ScriptedGraph.run(
            timeout: .milliseconds(300),
            answering: { $0.connection == 0 && $0.tag == BoltTag.commit ? .silence : nil },
            { _, client in
                let error = await #expect(throws: MillraceError.self) { try await client.ask(statement) }
                #expect(error?.code == .sinkUnavailable)
                #expect(error?.message.contains("in time") == true)
                try await expect([], of: client)
            })
    }

    @Test(arguments: [[0, 0, 0, 0], [0, 0, 5, 5], [0x48, 0x54, 0x54, 0x50]] as [[UInt8]])
    func aServerOfAnotherVersionOrProtocolStops(choice: [UInt8]) async throws {
        var manner = ScriptedBoltServer.Manner()
        manner.choice = choice
        try await ScriptedGraph.run(manner) { _, client in
            let error = await #expect(throws: MillraceError.self) { try await client.ask(statement) }
            #expect(error?.code == .sinkRejected)
        }
    }

    @Test(
        arguments: [
            [0, 2, 0xB1, 0xC4, 0, 0], [0, 1, 0xFF, 0, 0], [0, 3, 0xB1, 0x71, 0xC0, 0, 0], [0, 2, 0xB0, 0x33, 0, 0],
            [0, 6, 0xB1, 0x71, 0xD6, 0xFF, 0xFF, 0xFF, 0, 0],
        ] as [[UInt8]])
    func aMessageThatIsNoneIsTheEndOfTheConnectionAndNotOfTheProcess(bytes: [UInt8]) async throws {
        try await ScriptedGraph.run(
            answering: { $0.connection == 0 && $0.tag == BoltTag.pull ? .raw(bytes) : nil },
            { _, client in
                let error = await #expect(throws: MillraceError.self) { try await client.ask(statement) }
                #expect(error?.code == .sinkUnavailable)
                try await expect([], of: client)
            })
    }

    @Test func aRoutingServerSaysWhoTakesWrites() async throws {
        try await ScriptedGraph.run { writer, _ in
            let table: PackStreamValue = .map([
                "ttl": .integer(300), "db": .text("shop"),
                "servers": .list([
                    .map(["role": .text("READ"), "addresses": .list([.text("127.0.0.1:1")])]),
                    .map(["role": .text("WRITE"), "addresses": .list([.text("127.0.0.1:\(writer.server.port)")])]),
                    .map(["role": .text("ROUTE"), "addresses": .list([.text("127.0.0.1:1")])]),
                ]),
            ])
            try await ScriptedGraph.run(
                scheme: "neo4j", answering: { $0.tag == BoltTag.route ? .success(["rt": table]) : nil },
                { router, client in
                    try await expect([], of: client)
                    #expect(router.tags(0) == [BoltTag.hello, BoltTag.logon, BoltTag.route, BoltTag.goodbye])
                    let address: PackStreamValue = .map(["address": .text("127.0.0.1:\(router.server.port)")])
                    #expect(router.server.asked[0].fields[0]["routing"] == address)
                    #expect(router.server.asked[2].fields == [address, .list([]), .map(["db": .text("shop")])])
                    #expect(writer.tags(0) == [BoltTag.hello, BoltTag.logon] + Self.transaction)
                })
        }
    }

    @Test func aClusterWithoutALeaderIsWaitedFor() async throws {
        let table: PackStreamValue = .map(["ttl": .integer(0), "servers": .list([])])
        try await ScriptedGraph.run(
            scheme: "neo4j", answering: { $0.tag == BoltTag.route ? .success(["rt": table]) : nil },
            { _, client in
                let error = await #expect(throws: MillraceError.self) { try await client.ask(statement) }
                #expect(error?.code == .sinkUnavailable)
            })
    }

    @Test(arguments: [(BoltVersion.oldest, true), (.oldest, false), (.newest, false)])
    func timesWithAZoneAreCountedAsTheServerKnowsThem(version: BoltVersion, isPatched: Bool) async throws {
        try await ScriptedGraph.run(
            .init(version),
            answering: { asked in
                guard asked.tag == BoltTag.hello, isPatched else { return nil }
                return .success(["server": .text("Neo4j/4.4.9"), "patch_bolt": .list([.text("utc")])])
            },
            { _, client in
                let session = try await client.session()
                #expect(session.countsInUTC == (version == .newest || isPatched))
            })
    }

    @Test func addressesAreReadAndNeverSaid() throws {
        let address = try BoltAddress(parsing: "neo4j+s://me:p%40ss@[::1]:7000/my%20db")
        #expect(address.host == "::1" && address.port == 7000 && address.database == "my db")
        #expect(address.encryption == .verified && address.isRouting)
        #expect(address.password?.revealed == "p@ss")
        #expect(try BoltAddress(parsing: "bolt+ssc://h").encryption == .unverified)
        #expect(try BoltAddress(parsing: "bolt://h").port == 7687)
        for text in ["http://h", "bolt://", "SECRET", "bolt://h/a/b", "bolt://h/x?y=z"] {
            let error = #expect(throws: BoltAddress.Problem.self) { try BoltAddress(parsing: text) }
            #expect(error.map { "\($0)".contains("SECRET") } == false)
        }
        #expect(address.neighbour("other.example:7688")?.host == "other.example")
        #expect(address.neighbour("nothing") == nil)
    }
}

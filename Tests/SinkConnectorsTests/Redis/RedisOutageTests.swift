import Change
import Connector
import ConnectorTestKit
import Foundation
import NIOSSL
import RedisCodec
import Testing

@testable import SinkConnectors

/// What a server does to a sink: refusals, restarts, silence, users and encryption, on servers of the tests' own.
@Suite(.enabled(if: RedisLab.isWanted)) struct RedisOutageTests {
    private func makeMapping(_ sink: RedisSink, _ options: [String: OptionValue]) throws -> any RowMapping {
        try sink.makeMapping(ContractRow.request(options: .test(options)))
    }

    private func apply(
        _ sink: RedisSink, _ mapping: any RowMapping, _ writes: ContractWrite..., lane: Int = 0
    ) async throws -> [String] {
        try await sink.apply(writes.map { $0.sinkWrite(mapping) }, lane: lane).map { result in
            switch result {
            case .applied: "applied"
            case .stale: "stale"
            case .retry(let reason): "retry \(reason)"
            case .split: "split"
            case .park(let reason): "park \(reason)"
            case .stop(let error): "stop \(error)"
            }
        }
    }

    private func code(of body: () async throws -> Void) async -> MillraceError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? MillraceError)?.code
        }
    }

    private static func append(_ row: ContractRow, at commit: UInt64, to mapping: any RowMapping) -> SinkWrite {
        let write = ContractWrite.upsert(row, at: commit).sinkWrite(mapping)
        return write.with(row: write.row, action: .append)
    }

    // MARK: Refusals

    @Test func aFullMemoryDelaysWritesAndLetsDeletesThrough() async throws {
        try await RedisServerProcess.run { server in
            try await RedisLab.run(url: server.url()) { lab in
                try await lab.withSink { sink in
                    let hash = try makeMapping(sink, ["hash": .text("h:{id}")])
                    let stream = try makeMapping(sink, ["stream": .text("log")])
                    let old = ContractRow("1", name: "old")
                    #expect(try await apply(sink, hash, .upsert(old, at: 1)) == ["applied"])
                    try await lab.ask("CONFIG", "SET", "maxmemory", "1")
                    let full = try await apply(
                        sink, hash, .upsert(ContractRow("1", name: "new"), at: 2), .delete("2", at: 2))
                    #expect(full == ["retry Redis is out of memory (OOM): raise maxmemory or free some", "applied"])
                    // Nothing was half done.
                    #expect(try await lab.hash("h:1")["name"] == "old")
                    let entries = [Self.append(old, at: 1, to: stream), Self.append(old, at: 2, to: stream)]
                    for result in try await sink.apply(entries, lane: 0) {
                        guard case .retry = result else {
                            Issue.record("\(result)")
                            continue
                        }
                    }
                    #expect(try await lab.ask("EXISTS", "log") == .integer(0))
                    try await lab.ask("CONFIG", "SET", "maxmemory", "0")
                    #expect(try await apply(sink, hash, .upsert(ContractRow("1", name: "new"), at: 2)) == ["applied"])
                    _ = try await sink.apply(entries, lane: 0)
                    #expect(try await lab.ask("XLEN", "log") == .integer(2))
                }
            }
        }
    }

    @Test func aReplicaThatBecameReadOnlyDelaysWrites() async throws {
        try await RedisServerProcess.run { server in
            try await RedisLab.run(url: server.url()) { lab in
                try await lab.withSink { sink in
                    let hash = try makeMapping(sink, ["hash": .text("h:{id}")])
                    let stream = try makeMapping(sink, ["stream": .text("log")])
                    _ = try await apply(sink, hash, .upsert(ContractRow("0"), at: 1))
                    try await lab.ask("REPLICAOF", "127.0.0.1", "1")
                    let result = try await apply(sink, hash, .upsert(ContractRow("1"), at: 1))
                    #expect(result.allSatisfy { $0.hasPrefix("retry Redis is a read-only replica") }, "\(result)")
                    for result in try await sink.apply([Self.append(ContractRow("1"), at: 1, to: stream)], lane: 0) {
                        guard case .retry = result else {
                            Issue.record("\(result)")
                            continue
                        }
                    }
                    #expect(await sink.check([hash]).contains { $0.message == "the server is a read-only replica" })
                    try await lab.ask("REPLICAOF", "NO", "ONE")
                    #expect(try await apply(sink, hash, .upsert(ContractRow("1"), at: 1)) == ["applied"])
                }
            }
        }
    }

    @Test func aServerThatForgetsItsScriptsIsGivenThemAgain() async throws {
        try await RedisServerProcess.run { server in
            try await RedisLab.run(url: server.url()) { lab in
                let source = MirroredSource()
                try await lab.withSink(source: source) { sink in
                    let hash = try makeMapping(sink, ["hash": .text("h:{id}")])
                    let set = try makeMapping(
                        sink, ["set": .text("s:{id}"), "member": .text("{id}"), "ttl": .duration(.seconds(60))])
                    #expect(try await apply(sink, hash, .upsert(ContractRow("1"), at: 1)) == ["applied"])
                    try await lab.ask("SCRIPT", "FLUSH")
                    #expect(
                        try await apply(
                            sink, hash, .upsert(ContractRow("1", name: "a"), at: 2),
                            .upsert(ContractRow("1", name: "b"), at: 3),
                            .delete("2", at: 3)) == ["applied", "applied", "applied"])
                    #expect(try await lab.hash("h:1")["name"] == "b")
                    try await lab.ask("SCRIPT", "FLUSH")
                    let write = ContractWrite.upsert(ContractRow("9"), at: 1)
                    source.note(write.sinkWrite(set))
                    #expect(try await apply(sink, set, write) == ["applied"])
                    #expect(try await lab.ask("SISMEMBER", "s:9", "9") == .integer(1))
                    try await lab.ask("SCRIPT", "FLUSH")
                    try await sink.truncate(hash, floor: ContractWrite.version(9))
                    #expect(try await lab.ask("EXISTS", "h:1") == .integer(0))
                }
            }
        }
    }

    // MARK: Restarts

    @Test func aServerThatIsGoneIsUnavailableAndAnotherOneIsNoticed() async throws {
        try await RedisServerProcess.run { server in
            let lab = try RedisLab(url: server.url())
            try await lab.withSink { sink in
                let first = try await sink.open()
                let mapping = try makeMapping(sink, ["hash": .text("h:{id}")])
                #expect(try await apply(sink, mapping, .upsert(ContractRow("1"), at: 1)) == ["applied"])
                server.stop()
                for lane in 0...1 {
                    #expect(
                        await code { _ = try await apply(sink, mapping, .upsert(ContractRow("1"), at: 2), lane: lane) }
                            == .sinkUnavailable)
                }
                try await server.start()
                for lane in 0...1 {
                    #expect(
                        await code { _ = try await apply(sink, mapping, .upsert(ContractRow("1"), at: 2), lane: lane) }
                            == .sinkReplaced)
                }
                #expect(await code { try await sink.writeMarker(Self.marker) } == .sinkReplaced)
                #expect(try await lab.ask("EXISTS", "h:1") == .integer(0))
                #expect(try await sink.open() != first)
                #expect(try await sink.readMarker(pipeline: "p") == nil)
                #expect(try await apply(sink, mapping, .upsert(ContractRow("1"), at: 2)) == ["applied"])
            }
            await lab.client.close()
        }
    }

    @Test func aMarkerSurvivesARestartWithTheDataAndItsLossIsNoticed() async throws {
        try await RedisServerProcess.run(["--appendonly", "yes", "--appendfsync", "always"]) { server in
            let lab = try RedisLab(url: server.url())
            try await lab.withSink { sink in
                try await sink.writeMarker(Self.marker)
                server.stop()
                try await server.start()
                #expect(await code { try await sink.writeMarker(Self.marker) } == .sinkReplaced)
                _ = try await sink.open()
                #expect(try await sink.readMarker(pipeline: "p") == Self.marker)
                try await sink.writeMarker(Self.marker)
                try await lab.ask("FLUSHALL")
                #expect(await code { try await sink.writeMarker(Self.marker) } == .sinkReplaced)
                #expect(try await sink.readMarker(pipeline: "p") == nil)
            }
            await lab.client.close()
        }
    }

    @Test func aLossBetweenReadingTheMarkerAndWritingItIsNoticed() async throws {
        try await RedisServerProcess.run { server in
            let lab = try RedisLab(url: server.url())
            try await lab.withSink { sink in
                try await sink.writeMarker(Self.marker)
                _ = try await sink.open()
                #expect(try await sink.readMarker(pipeline: "p") == Self.marker)
                try await lab.ask("FLUSHALL")
                #expect(await code { try await sink.writeMarker(Self.marker) } == .sinkReplaced)
                #expect(try await lab.ask("DBSIZE") == .integer(0))
            }
            await lab.client.close()
        }
    }

    private static let marker = SinkMarker(
        pipeline: "p", source: SourceIdentity(["system": "1"]), epoch: 0, progress: SourceProgress(commit: 1, end: 2))

    @Test func aSilentServerIsUnavailableInTime() async throws {
        try await RedisServerProcess.run { server in
            let lab = try RedisLab(url: server.url())
            try await lab.withSink(["timeout": .duration(.milliseconds(200))]) { sink in
                let mapping = try makeMapping(sink, ["hash": .text("h:{id}")])
                _ = try await apply(sink, mapping, .upsert(ContractRow("0"), at: 1))
                try await lab.ask("CLIENT", "PAUSE", "60000", "ALL")
                #expect(
                    await code { _ = try await apply(sink, mapping, .upsert(ContractRow("1"), at: 1)) }
                        == .sinkUnavailable)
            }
            await lab.client.close()
        }
    }

    @Test func aCancelledWriteReturnsAtOnce() async throws {
        try await RedisServerProcess.run { server in
            let lab = try RedisLab(url: server.url())
            try await lab.withSink { sink in
                let mapping = try makeMapping(sink, ["hash": .text("h:{id}")])
                _ = try await apply(sink, mapping, .upsert(ContractRow("0"), at: 1))
                try await lab.ask("CLIENT", "PAUSE", "60000", "ALL")
                let start = ContinuousClock.now
                await withTaskGroup(of: Bool.self) { group in
                    group.addTask {
                        do {
                            _ = try await apply(sink, mapping, .upsert(ContractRow("1"), at: 1))
                            return false
                        } catch {
                            return error is CancellationError
                        }
                    }
                    group.cancelAll()
                    for await wasCancelled in group { #expect(wasCancelled) }
                }
                #expect(ContinuousClock.now - start < .seconds(10))
            }
            await lab.client.close()
        }
    }

    // MARK: Users

    @Test func aUserWithJustEnoughPermissionsCanDoEverything() async throws {
        try await RedisServerProcess.run { server in
            let lab = try RedisLab(url: server.url())
            try await lab.ask(
                "ACL", "SETUSER", "millrace", "on", ">p@ss:word", "~millrace:*", "~h:*", "+evalsha", "+eval",
                "+script|load",
                "+select", "+client|setname", "+info", "+time", "+hget", "+hset", "+hgetall", "+get", "+set", "+del",
                "+type", "+pexpire", "+pexpireat", "+exists", "+scan")
            let user = try RedisLab(url: server.url(user: "millrace:p%40ss%3Aword", database: 3))
            try await user.withSink { sink in
                let hash = try makeMapping(sink, ["hash": .text("h:{id}"), "ttl": .duration(.seconds(60))])
                #expect(
                    try await apply(sink, hash, .upsert(ContractRow("1"), at: 1), .delete("1", at: 2)) == [
                        "applied", "applied",
                    ])
                try await sink.writeMarker(Self.marker)
                #expect(try await sink.readMarker(pipeline: "p") == Self.marker)
                try await sink.truncate(hash, floor: ContractWrite.version(5))
                let findings = await sink.check([hash])
                #expect(findings.allSatisfy { $0.severity != .error }, "\(findings)")
                // What only an audit asks is a warning, and the audit says so itself.
                #expect(
                    findings.contains {
                        $0.severity == .warning && $0.message.contains("PTTL") && $0.message.contains("an audit of")
                    })
                let refusal = await #expect(throws: MillraceError.self) {
                    try await sink.compare([ContractWrite.upsert(ContractRow("1"), at: 3).sinkWrite(hash)])
                }
                #expect(refusal?.code == .sinkRejected)

                let foreign = try makeMapping(sink, ["hash": .text("other:{id}")])
                let stop = try await apply(sink, foreign, .upsert(ContractRow("1"), at: 1))
                #expect(stop == ["stop the Redis user may not do this (NOPERM): `millrace check` says what it needs"])
                let set = try makeMapping(sink, ["set": .text("h:all"), "member": .text("{id}")])
                let messages = await sink.check([foreign, set]).filter { $0.severity == .error }.map(\.message)
                #expect(messages.contains { $0.hasPrefix("the Redis user may not run scripts on the keys of") })
                #expect(messages.contains { $0.contains("SADD") && $0.contains("HSCAN") }, "\(messages)")
            }
            try await lab.ask("SELECT", "0")
            #expect(try await lab.ask("DBSIZE") == .integer(0))
            await user.client.close()
            await lab.client.close()
        }
    }

    @Test func aWrongPasswordOrNoneIsRejectedAndNotRetried() async throws {
        try await RedisServerProcess.run(["--requirepass", "secret"]) { server in
            for url in [server.url(), server.url(user: ":wrong"), server.url(user: "nobody:secret")] {
                let sink = try RedisLab(url: url).makeSink()
                do {
                    _ = try await sink.open()
                    Issue.record("the sink opened")
                } catch let error as MillraceError {
                    #expect(error.code == .sinkRejected)
                    #expect(
                        !"\(error)".contains("wrong") && !"\(error)".contains("secret")
                            && !"\(error)".contains("nobody"))
                }
                #expect(await sink.check([]).map(\.severity) == [.error])
                await sink.close()
            }
            let sink = try RedisLab(url: server.url(user: ":secret")).makeSink()
            _ = try await sink.open()
            await sink.close()
        }
    }

    @Test func aDatabaseThatIsNotThereIsRejected() async throws {
        try await RedisServerProcess.run { server in
            let sink = try RedisLab(url: server.url(database: 99)).makeSink()
            #expect(await code { _ = try await sink.open() } == .sinkRejected)
            await sink.close()
        }
    }

    // MARK: Encryption

    @Test func anEncryptedConnectionIsMadeToWhomTheAuthorityVouchesFor() async throws {
        try await withEncryptedServer(["--tls-auth-clients", "no"]) { authority, port, plainPort in
            for host in ["127.0.0.1", "localhost"] {
                let sink = try RedisLab(url: "rediss://\(host):\(port)/0").makeSink(["ca_file": .text(authority)])
                _ = try await sink.open()
                let mapping = try makeMapping(sink, ["hash": .text("h:{id}")])
                let row = ContractRow(host, name: String(repeating: "x", count: 1 << 20))
                #expect(try await apply(sink, mapping, .upsert(row, at: 1)) == ["applied"])
                await sink.close()
            }
            #expect(try await codeOfOpening("rediss://127.0.0.1:\(port)") == .sinkRejected)
            #expect(try await codeOfOpening("rediss://127.0.0.1:\(port)", ["verify": .boolean(false)]) == nil)
            #expect(try await codeOfOpening("redis://127.0.0.1:\(port)") == .sinkUnavailable)
            #expect(
                try await codeOfOpening("rediss://127.0.0.1:\(plainPort)", ["ca_file": .text(authority)]) != nil)
            #expect(
                try await codeOfOpening("rediss://127.0.0.1:\(port)", ["ca_file": .text("/nowhere.pem")])
                    == .configuration)
        }
    }

    @Test func whyAConnectionEndedIsKnownToWhoSpeaksAfterIt() async throws {
        try await withEncryptedServer(["--tls-auth-clients", "no"]) { _, port, _ in
            let connection = try await RedisConnection.connect(
                to: RedisAddress(parsing: "rediss://127.0.0.1:\(port)"),
                tls: NIOSSLContext(configuration: .makeClientConfiguration()), connectTimeout: .seconds(10),
                timeout: .seconds(10))
            while connection.isOpen { try await Task.sleep(for: .milliseconds(1)) }
            var commands = RedisCommands()
            try commands.append(["PING"])
            let error = await #expect(throws: RedisConnectionError.self) { try await connection.send(commands) }
            #expect(error.map { "\($0)" } == "\(RedisConnectionError.untrusted)")
        }
    }

    @Test func aServerThatAsksForACertificateIsShownOne() async throws {
        try await withEncryptedServer(["--tls-auth-clients", "yes"]) { authority, port, _ in
            let folder = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let certificate = folder.appending(path: "certificate.pem")
            let key = folder.appending(path: "key.pem")
            try RedisClientCertificate.certificate.write(to: certificate, atomically: true, encoding: .utf8)
            try RedisClientCertificate.key.write(to: key, atomically: true, encoding: .utf8)
            let url = "rediss://127.0.0.1:\(port)"
            #expect(
                try await codeOfOpening(
                    url,
                    [
                        "ca_file": .text(authority), "certificate_file": .text(certificate.path),
                        "key_file": .text(key.path),
                    ]) == nil)
            #expect(try await codeOfOpening(url, ["ca_file": .text(authority)]) == .sinkUnavailable)
        }
    }

    private func codeOfOpening(_ url: String, _ options: [String: OptionValue] = [:]) async throws -> MillraceError
        .Code?
    {
        let sink = try RedisLab(url: url).makeSink(
            options.merging(["timeout": .duration(.seconds(1))]) { given, _ in given })
        let code = await code { _ = try await sink.open() }
        await sink.close()
        return code
    }

    private func withEncryptedServer(
        _ settings: [String], _ body: (_ authority: String, _ port: Int, _ plainPort: Int) async throws -> Void
    ) async throws {
        try await TestCertificates.withFiles { authority, certificate, key in
            // The server trusts its own authority and the client's certificate.
            let trusted = authority + ".trusted"
            try (TestCertificates.authority + "\n" + RedisClientCertificate.certificate + "\n")
                .write(toFile: trusted, atomically: true, encoding: .utf8)
            let port = try await RedisServerProcess.freePort()
            let files = ["--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", trusted]
            try await RedisServerProcess.run(["--tls-port", "\(port)"] + files + settings) { server in
                try await body(authority, port, server.port)
            }
        }
    }
}

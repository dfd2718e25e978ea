import Foundation
import Testing

/// The shop with a database, a Redis database, index names and a state folder of a test's own.
struct Shop {
    var environment: [String: String]
    let folder: URL
    /// Addresses that Millrace is given instead of the servers' own, such as those of proxies.
    var links: [String: String] = [:]
    /// What goes before every command, such as one that enters the namespace of a process.
    var entering: [String] = []
    private let server: String
    private let database: String

    /// The project's own folder, from where this file stands in it.
    static let project = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The program under test stands beside the test bundle.
    static var millrace: String {
        get throws {
            let bundle = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
            let candidates = [
                bundle?.deletingLastPathComponent(),
                URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent(),
                project.appendingPathComponent(".build/debug"),
            ]
            for folder in candidates.compactMap(\.self) {
                let program = folder.appendingPathComponent("millrace").path
                if FileManager.default.isExecutableFile(atPath: program) { return program }
            }
            throw CocoaError(.fileNoSuchFile)
        }
    }

    /// Creates and fills the shop.
    ///
    /// - Parameter variables: what names the servers.
    init(
        name: String, redisDatabase: Int, users: Int, orders: Int,
        servers variables: [String: String] = ProcessInfo.processInfo.environment
    ) async throws {
        guard let postgres = variables["SHOP_POSTGRES"], let redis = variables["SHOP_REDIS"],
            let elasticsearch = variables["SHOP_ELASTICSEARCH"]
        else { throw CocoaError(.fileReadNoSuchFile) }
        database = "shop_\(name)"
        server = postgres
        environment = [
            "SHOP_POSTGRES": try Self.url(postgres, path: database),
            "SHOP_REDIS": try Self.url(redis, path: "\(redisDatabase)"),
            "SHOP_ELASTICSEARCH": elasticsearch,
        ]
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(name)-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await remove()
        try await Command.run("psql", ["-qX", server, "-c", "CREATE DATABASE \(database)"])
        try await Command.run(
            "psql",
            [
                "-qX", "-v", "ON_ERROR_STOP=1", "-v", "users=\(users)", "-v", "orders=\(orders)",
                "-f", file("examples/shop/schema.sql"), "-f", file("examples/shop/seed.sql"),
                environment["SHOP_POSTGRES"]!,
            ])
    }

    /// Removes what the shop left in the servers, and the folder of its state.
    func remove() async throws {
        try await Command.run(
            "psql",
            [
                "-qX", server, "-c",
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '\(database)'",
                "-c", "DROP DATABASE IF EXISTS \(database) WITH (FORCE)",
            ])
        try await Command.run("redis-cli", ["-u", environment["SHOP_REDIS"]!, "FLUSHDB"])
        _ = try? await Command.run(
            "curl",
            [
                "-sf", "-XDELETE",
                environment["SHOP_ELASTICSEARCH"]! + "/orders,users,millrace-markers?ignore_unavailable=true",
            ])
        try? FileManager.default.removeItem(atPath: state)
    }

    /// Begins lifelike traffic at a rate in transactions a second.
    func openForBusiness(rate: Int, seed: Int) throws -> BackgroundProcess {
        try BackgroundProcess(
            file("examples/shop/traffic.sh"), ["--rate", "\(rate)", "--seed", "\(seed)"], environment: environment,
            log: folder.appendingPathComponent("traffic.log"))
    }

    /// Runs a Python program of the project and returns what it printed, whatever its verdict.
    @discardableResult
    func script(
        _ path: String, _ arguments: [String] = [], environment further: [String: String] = [:]
    ) async throws -> String {
        try await Command.outcome(
            "python3", [file(path)] + arguments, environment: environment.merging(further) { $1 }
        ).output
    }

    /// Runs a Python program of the project beside the test.
    func inBackground(_ name: String, _ path: String, _ arguments: String...) throws -> BackgroundProcess {
        try BackgroundProcess(
            "/usr/bin/env", ["python3", file(path)] + arguments, environment: environment,
            log: folder.appendingPathComponent("\(name).log"))
    }

    /// Starts Millrace on pipeline files of the shop.
    func start(
        _ files: [String], environment further: [String: String] = [:], log: String = "millrace.log"
    ) throws -> BackgroundProcess {
        try BackgroundProcess(
            Self.millrace, ["run", "--state", state, "--http", "0"] + files,
            environment: environment.merging(links) { $1 }.merging(further) { $1 },
            log: folder.appendingPathComponent(log))
    }

    var state: String { folder.appendingPathComponent("state").path }

    /// Runs a command on this shop's state and returns its status and everything that it printed.
    func millrace(_ arguments: String...) async throws -> (status: Int32, output: String) {
        let words = try entering + [Self.millrace] + arguments + ["--state", state]
        return try await Command.outcome(
            words[0], Array(words.dropFirst()), environment: environment.merging(links) { $1 })
    }

    /// Waits until everything that is committed now is applied and saved.
    ///
    /// - Parameter process: the one that is waited for, if it may have only begun to start.
    func waitUntilCaughtUp(_ process: BackgroundProcess? = nil) async throws {
        let isUp = try await Eventually.holds(within: .seconds(120)) {
            let answer = try await millrace("status", "--wait-caught-up", "--timeout", "5s")
            if answer.status == 0 { return true }
            guard [3, 5].contains(answer.status), process?.isRunning != false else {
                throw NotCaughtUp(description: answer.output)
            }
            return false
        }
        guard isUp else { throw NotCaughtUp(description: "not caught up in time") }
    }

    /// Asks whether any change of a pipeline is parked, which is named by its name or its file.
    func expectNothingParked(
        by pipeline: String, _ note: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let parked = try await millrace("parked", "list", pipeline).output
        #expect(parked.contains("0 of 0 parked"), "\(note)\(parked)", sourceLocation: sourceLocation)
    }

    struct NotCaughtUp: Error, CustomStringConvertible {
        var description: String
    }

    /// Compares every row of the source with the sinks.
    func compare(_ arguments: [String] = []) async throws -> String {
        try await Command.run("python3", [file("examples/shop/compare.py")] + arguments, environment: environment)
    }

    /// Runs SQL in the shop's database and returns what it answers.
    @discardableResult
    func sql(_ statement: String) async throws -> String {
        let database = environment["SHOP_POSTGRES"]!
        return try await Command.run("psql", ["-qXAt", "-v", "ON_ERROR_STOP=1", database, "-c", statement])
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Gives Redis a command and returns the answer.
    @discardableResult
    func redis(_ arguments: String...) async throws -> String {
        try await Command.run("redis-cli", ["-u", environment["SHOP_REDIS"]!] + arguments)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Asks Elasticsearch something and returns the body of the answer.
    @discardableResult
    func elasticsearch(_ method: String, _ path: String, _ body: String? = nil) async throws -> String {
        let content = body.map { ["-H", "Content-Type: application/json", "-d", $0] } ?? []
        return try await Command.run(
            "curl", ["-sS", "--fail-with-body", "-X", method, environment["SHOP_ELASTICSEARCH"]! + path] + content)
    }

    /// Writes a pipeline file of the project into the test's folder, changed by replacing texts.
    func pipeline(_ name: String, replacing changes: [String: String] = [:]) throws -> String {
        var text = try String(contentsOfFile: file("pipelines/\(name)"), encoding: .utf8)
        for (old, new) in changes { text = text.replacing(old, with: new) }
        // Slots are the whole server's: the pipeline's name, which its slot is named after, is the test's own.
        text = text.replacing("pipeline: shop-", with: "pipeline: \(database.replacing("_", with: "-"))-")
        let target = folder.appendingPathComponent(name)
        try text.write(to: target, atomically: true, encoding: .utf8)
        return target.path
    }

    private static func url(_ text: String, path: String) throws -> String {
        guard var parts = URLComponents(string: text) else { throw CocoaError(.fileReadInvalidFileName) }
        parts.path = "/\(path)"
        return parts.string ?? text
    }

    func file(_ path: String) -> String { Self.project.appendingPathComponent(path).path }
}

import Foundation
import Testing

/// A database, a place in Redis and a state folder of one test's own, and a pipeline between them.
struct Yard {
    let name: String
    let folder: URL
    private let server: String
    private let environment: [String: String]
    private let redisURL: String
    private var database: String { "millrace_\(name)" }
    var file: String { folder.appendingPathComponent("yard.yaml").path }
    var state: String { folder.appendingPathComponent("state").path }
    private var log: URL { folder.appendingPathComponent("millrace.log") }

    /// - Parameter tables: what the database is filled with, as SQL.
    init(name: String, tables: String) async throws {
        self.name = name
        let variables = ProcessInfo.processInfo.environment
        server = try #require(variables["SHOP_POSTGRES"])
        redisURL = try #require(variables["SHOP_REDIS"])
        var parts = try #require(URLComponents(string: server))
        parts.path = "/millrace_\(name)"
        environment = ["YARD_POSTGRES": try #require(parts.string), "YARD_REDIS": redisURL]
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(name)-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await remove()
        try await Command.run("psql", ["-qX", server, "-c", "CREATE DATABASE \(database)"])
        try await sql(tables)
    }

    /// Writes the pipeline file: what stands below the source's `url`, and the sinks.
    func write(_ rest: String) throws {
        try """
        format: 1
        pipeline: \(name)-yard
        source:
          postgres:
            url: ${YARD_POSTGRES}
        \(rest)
        """.write(toFile: file, atomically: true, encoding: .utf8)
    }

    func start() throws -> BackgroundProcess {
        try BackgroundProcess(
            Shop.millrace, ["run", file, "--state", state, "--http", "0"], environment: environment, log: log)
    }

    /// Runs a command and returns its status and everything that it printed.
    func millrace(_ arguments: String...) async throws -> (status: Int32, output: String) {
        let options = ["check", "schema"].contains(arguments[0]) ? [] : ["--state", state]
        return try await Command.outcome(Shop.millrace, arguments + options, environment: environment)
    }

    /// Waits until everything that is committed now is applied and saved; returns how the pipeline then stands.
    @discardableResult
    func waitUntilCaughtUp() async throws -> String {
        let (status, output) = try await millrace("status", "\(name)-yard", "--wait-caught-up", "--timeout", "90s")
        try #require(status == 0, "\(output)")
        return output
    }

    func sql(_ statement: String) async throws {
        let database = environment["YARD_POSTGRES"] ?? ""
        try await Command.run("psql", ["-qX", "-v", "ON_ERROR_STOP=1", database, "-f", "-"], input: statement)
    }

    /// What a query answers: a line for each row.
    func ask(_ query: String) async throws -> [String] {
        try await Command.run("psql", ["-qXAt", environment["YARD_POSTGRES"] ?? "", "-c", query])
            .split(separator: "\n").map(String.init)
    }

    func redis(_ arguments: String...) async throws -> String {
        try await Command.run("redis-cli", ["-u", redisURL] + arguments)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Removes what the yard left in the servers and the folder of its state.
    func remove() async throws {
        let slots = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
        try await Command.run(
            "psql",
            [
                "-qX", server, "-c", slots + "WHERE database = '\(database)'",
                "-c", "DROP DATABASE IF EXISTS \(database) WITH (FORCE)",
            ])
        let keys = try await redis("--scan", "--pattern", "*\(name)-yard*").split(separator: "\n").map(String.init)
        for key in keys { _ = try await redis("DEL", key) }
        try? FileManager.default.removeItem(atPath: state)
    }
}

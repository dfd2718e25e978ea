import Connector
import Foundation
import Logging
import PostgresClient
import Testing
import Threads

@testable import SourceConnectors

/// The real server that integration tests speak to.
enum Lab {
    static let isEnabled = ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil

    static var url: String {
        get throws { try #require(ProcessInfo.processInfo.environment["SHOP_POSTGRES"]) }
    }

    /// Runs a test with a database of its own on the shared server.
    static func withDatabase<Value: Sendable>(_ body: (Database) async throws -> Value) async throws -> Value {
        try await withDatabase(at: url, body)
    }

    /// Runs a test with a database of its own, which is dropped at the end with every slot in it.
    static func withDatabase<Value: Sendable>(
        at server: String, _ body: (Database) async throws -> Value
    ) async throws -> Value {
        let name = "millrace_test_\(UInt64.random(in: 0...UInt64.max))"
        try await run(at: server) { try $0.execute("CREATE DATABASE \(name)") }
        var components = try #require(URLComponents(string: server))
        components.path = "/" + name
        let database = Database(name: name, url: try #require(components.string))
        do {
            let value = try await body(database)
            try await drop(database, at: server)
            return value
        } catch {
            try? await drop(database, at: server)
            throw error
        }
    }

    private static func drop(_ database: Database, at server: String) async throws {
        database.close()
        try await run(at: server) { session in
            for _ in 0..<100 {
                let slots = try session.query(
                    "SELECT slot_name, active_pid FROM pg_replication_slots WHERE database = $1", [database.name]
                ).rows
                if slots.isEmpty { break }
                for slot in slots {
                    if let process = slot[1] {
                        _ = try session.query("SELECT pg_terminate_backend($1::int, 1000)", [process])
                    } else {
                        _ = try? session.query("SELECT pg_drop_replication_slot($1)", [slot[0]])
                    }
                }
            }
            try session.execute("DROP DATABASE IF EXISTS \(database.name) WITH (FORCE)")
        }
    }

    static func run<Value: Sendable>(
        at url: String, _ body: @escaping @Sendable (PostgresConnection) throws -> Value
    ) async throws -> Value {
        let settings = ConnectionSettings(url, applicationName: "test")
        return try await DedicatedThread.run(name: "test") { try body(try PostgresConnection(settings)) }
    }
}

import Foundation
import PostgresClient
import Testing
import Threads

/// The real server that integration tests speak to.
enum Lab {
    static let isEnabled = ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil

    static var settings: ConnectionSettings {
        get throws {
            ConnectionSettings(try #require(ProcessInfo.processInfo.environment["SHOP_POSTGRES"]))
        }
    }

    /// Runs a test's blocking work on a thread of its own.
    static func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await DedicatedThread.run(name: "test", body)
    }

    /// A session on the lab's server, handed to `body` on a thread of its own.
    static func withConnection<Result: Sendable>(
        _ body: @escaping @Sendable (PostgresConnection) throws -> Result
    ) async throws -> Result {
        let settings = try settings
        return try await onThread { try body(try PostgresConnection(settings)) }
    }
}

import Dispatch
import PostgresClient
import Synchronization

/// A database of one test, with sessions by number: each stays as it is left, so a transaction can be held open.
final class Database: Sendable {
    let name: String
    let url: String
    private let sessions = Mutex<[Int: TestSession]>([:])

    init(name: String, url: String) {
        self.name = name
        self.url = url
    }

    func close() { sessions.withLock { $0 = [:] } }

    /// Runs statements that give no rows.
    func execute(_ sql: String, session number: Int = 0) async throws {
        try await session(number).run { try $0.execute(sql) }
    }

    /// The rows that one statement gives.
    func query(_ sql: String, session number: Int = 0) async throws -> [[String?]] {
        try await session(number).run { try $0.query(sql).rows }
    }

    func scalar(_ sql: String, session number: Int = 0) async throws -> String? {
        try await query(sql, session: number).first?.first ?? nil
    }

    private func session(_ number: Int) -> TestSession {
        sessions.withLock { sessions in
            if let session = sessions[number] { return session }
            let session = TestSession(url)
            sessions[number] = session
            return session
        }
    }
}

/// A session on a queue of its own.
final class TestSession: @unchecked Sendable {
    // The connection is touched on the serial queue only.
    private let queue = DispatchQueue(label: "test-session")
    private let url: String
    private var connection: PostgresConnection?

    init(_ url: String) {
        self.url = url
    }

    func run<Value: Sendable>(
        _ body: @escaping @Sendable (PostgresConnection) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(
                    with: Result {
                        let connection =
                            try self.connection
                            ?? PostgresConnection(
                                ConnectionSettings(self.url, parameters: ["search_path": "public"]))
                        self.connection = connection
                        return try body(connection)
                    })
            }
        }
    }
}

extension Database {
    /// Asks the server a yes-or-no question until it says yes.
    func wait(until question: String, session number: Int = 0) async throws {
        while try await scalar(question, session: number) != "t" {
            try Task.checkCancellation()
            _ = try await query("SELECT pg_sleep(0.01)", session: number)
        }
    }
}

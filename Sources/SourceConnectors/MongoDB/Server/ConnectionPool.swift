internal import Connector
internal import MongoClient
internal import Synchronization
internal import Threads

/// Connections for short questions, each used by one thread at a time.
final class ConnectionPool: Sendable {
    /// A connection on its way from one thread to the next.
    // Nobody uses a connection while it lies in the pool, and the pool's lock orders its users.
    private struct Idle: @unchecked Sendable {
        let connection: MongoConnection
    }

    private let settings: MongoSettings
    private let idle = Mutex<[Idle]>([])
    private static let idleMax = 2

    init(settings: MongoSettings) {
        self.settings = settings
    }

    /// Asks a question on a thread of its own.
    ///
    /// - Parameter doing: what is attempted, for an error's sentence.
    func ask<Answer: Sendable>(
        _ doing: String, place: String? = nil, _ question: @escaping @Sendable (MongoConnection) throws -> Answer
    ) async throws -> Answer {
        try await DedicatedThread.run(name: "millrace-ask") { [self] in
            do {
                let connection = try idle.withLock { $0.popLast() }?.connection ?? MongoConnection(settings)
                let answer = try question(connection)
                giveBack(connection)
                return answer
            } catch {
                throw MongoFault.describe(error, doing: doing, place: place)
            }
        }
    }

    /// A connection whose last question failed is not given back: it may be broken.
    private func giveBack(_ connection: MongoConnection) {
        let idle = Idle(connection: connection)
        self.idle.withLock { all in
            if all.count < Self.idleMax { all.append(idle) }
        }
    }
}

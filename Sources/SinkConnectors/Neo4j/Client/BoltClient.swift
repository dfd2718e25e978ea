internal import BoltCodec
internal import Connector

/// One statement of a transaction, with the map of its parameters as PackStream.
struct BoltStatement: Sendable {
    var text: String
    var parameters: PackStreamWriter?

    init(_ text: String, _ parameters: PackStreamWriter? = nil) {
        self.text = text
        self.parameters = parameters
    }

    init(_ text: String, _ parameters: [String: PackStreamValue]) {
        var writer = PackStreamWriter()
        writer.append(.map(parameters))
        self.init(text, writer)
    }
}

/// What a transaction came to.
enum BoltOutcome: Sendable {
    /// The records of each statement; it is committed.
    case committed([[[PackStreamValue]]])
    /// Nothing of it stands.
    case refused(BoltFailure)
}

/// A connection that is made when it is first needed and made again after it failed. One transaction at a time.
actor BoltClient {
    private let target: BoltTarget
    private var current: BoltSession?

    init(_ target: BoltTarget) {
        self.target = target
    }

    /// The session to speak in: the one there is, if it still stands.
    func session() async throws -> BoltSession {
        if let current, current.connection.isOpen { return current }
        current = nil
        let made = try await target.connect()
        if let current, current.connection.isOpen {
            // Another call has connected meanwhile.
            await made.connection.close()
            return current
        }
        current = made
        return made
    }

    /// Runs statements in one transaction, all of it in one write.
    ///
    /// - Throws: ``MillraceError`` with `sinkUnavailable` when it is unknown whether it was committed.
    func transaction(_ statements: [BoltStatement]) async throws -> BoltOutcome {
        var requests: [BoltRequest] = [.begin(database: target.options.address.database)]
        for statement in statements {
            requests.append(.run(statement.text, parameters: statement.parameters, database: nil))
            requests.append(.pull)
        }
        requests.append(.commit)
        let replies = try await send(requests)
        if let failure = try await refusal(in: replies) { return .refused(failure) }
        return .committed(stride(from: 2, to: replies.count - 1, by: 2).map { replies[$0].records })
    }

    /// Runs one statement by itself, as changes of the schema have to be.
    func run(_ statement: BoltStatement) async throws -> BoltOutcome {
        let replies = try await send([
            .run(statement.text, parameters: statement.parameters, database: target.options.address.database), .pull,
        ])
        if let failure = try await refusal(in: replies) { return .refused(failure) }
        return .committed([replies[1].records])
    }

    /// The records of one statement in a transaction of its own.
    ///
    /// - Throws: for a refusal what the retry table is to decide by.
    func ask(_ statement: BoltStatement) async throws -> [[PackStreamValue]] {
        switch try await transaction([statement]) {
        case .committed(let records): return records[0]
        case .refused(let failure): throw Neo4jFailures.thrown(for: failure)
        }
    }

    func close() async {
        await current?.connection.close()
        current = nil
    }

    private func send(_ requests: [BoltRequest]) async throws -> [BoltReply] {
        let session = try await session()
        do {
            return try await session.connection.send(requests)
        } catch {
            current = nil
            throw Neo4jFailures.unavailable(error)
        }
    }

    /// Runs a statement, and in the same transaction another that is made of the first one's records; nil for none.
    ///
    /// - Returns: the records of both.
    /// - Throws: ``MillraceError`` with `sinkUnavailable` when it is unknown whether it was committed.
    func transaction(
        _ first: BoltStatement, then second: @Sendable ([[PackStreamValue]]) throws -> BoltStatement?
    ) async throws -> BoltOutcome {
        let begun = try await send([
            .begin(database: target.options.address.database),
            .run(first.text, parameters: first.parameters, database: nil),
            .pull,
        ])
        if let failure = try await refusal(in: begun) { return .refused(failure) }
        var requests: [BoltRequest] = []
        if let statement = try second(begun[2].records) {
            requests = [.run(statement.text, parameters: statement.parameters, database: nil), .pull]
        }
        let replies = try await send(requests + [.commit])
        if let failure = try await refusal(in: replies) { return .refused(failure) }
        return .committed([begun[2].records, replies.count > 1 ? replies[1].records : []])
    }

    /// The failure among replies, once the connection is fit for more.
    private func refusal(in replies: [BoltReply]) async throws -> BoltFailure? {
        if let failure = replies.lazy.compactMap(\.failure).first {
            await recover(from: failure)
            return failure
        }
        // A request that was ignored after a failure of nobody's here: another call has to be waited for.
        guard replies.allSatisfy({ if case .success = $0.end { true } else { false } }) else {
            throw MillraceError(.sinkUnavailable, "the server did not look at the request")
        }
        return nil
    }

    /// Makes the connection fit for the next transaction, or gives it up where another is needed.
    private func recover(from failure: BoltFailure) async {
        guard let session = current else { return }
        if Neo4jFailures.needsNewConnection(failure) {
            current = nil
            await session.connection.close()
            return
        }
        do {
            if case .success = try await session.connection.send([.reset])[0].end { return }
        } catch {
            // What was asked is settled: the transaction is rolled back with its connection.
        }
        current = nil
        await session.connection.close()
    }
}

internal import Connector
internal import RedisCodec

/// A connection that is made when it is first needed and made again after it failed.
actor RedisClient {
    private let target: RedisTarget
    private var session: RedisSession?

    init(_ target: RedisTarget) {
        self.target = target
    }

    /// The session to speak in: the one there is, if it still stands.
    func connected() async throws -> RedisSession {
        if let session, session.connection.isOpen { return session }
        session = nil
        let made = try await target.connect()
        // While this call connected, another may have.
        if let session, session.connection.isOpen {
            await made.connection.close()
            return session
        }
        session = made
        return made
    }

    /// Sends commands and returns their replies; errors among them are the caller's to read.
    ///
    /// - Throws: ``Connector/MillraceError`` with the code `sinkUnavailable` when it is unknown what was done.
    func send(_ commands: RedisCommands) async throws -> [RedisReply] {
        let session = try await connected()
        return try await send(commands, in: session)
    }

    /// Sends commands in a session that ``connected()`` gave.
    func send(_ commands: RedisCommands, in session: RedisSession) async throws -> [RedisReply] {
        do {
            return try await session.connection.send(commands)
        } catch {
            throw RedisFailures.unavailable(error)
        }
    }

    /// Sends one command.
    ///
    /// - Throws: for an error reply what the retry table is to decide by.
    func send(_ arguments: [String]) async throws -> RedisReply {
        try await send(arguments.map { Array($0.utf8) })
    }

    /// Sends one command of any bytes.
    func send(_ arguments: [[UInt8]]) async throws -> RedisReply {
        var commands = RedisCommands()
        try commands.append(arguments)
        return try await send(commands).accepted().first ?? .null
    }

    /// Calls scripts in one pipeline, loading them again where the server has forgotten them.
    ///
    /// - Throws: for the first error reply what the retry table is to decide by; some calls may have been done.
    func call(_ calls: [ScriptCall]) async throws -> [RedisReply] {
        guard !calls.isEmpty else { return [] }
        let session = try await connected()
        var commands = RedisCommands()
        for call in calls { call.append(to: &commands, scripts: session.scripts) }
        var replies = try await send(commands, in: session)
        if replies.contains(where: { $0.isUnknownScript }) {
            // What was done already is stale the second time.
            try await reloadScripts(in: session)
            replies = try await send(commands, in: session)
        }
        return try replies.accepted()
    }

    /// Makes the scripts known again to a server that has forgotten them.
    func reloadScripts(in session: RedisSession) async throws {
        do {
            _ = try await LoadedScripts.load(on: session.connection, for: session.server)
        } catch {
            throw RedisFailures.unavailable(error)
        }
    }

    func close() async {
        await session?.connection.close()
        session = nil
    }
}

extension Collection<RedisReply> {
    /// These replies, where the server refused nothing.
    ///
    /// - Parameter tolerated: the code of an error that is the caller's to read.
    /// - Throws: for the first error what the retry table is to decide by.
    func accepted(besides tolerated: String? = nil) throws -> Self {
        for case .error(let error) in self where error.code != tolerated { throw RedisFailures.thrown(for: error) }
        return self
    }
}

extension RedisReply {
    fileprivate var isUnknownScript: Bool {
        if case .error(let error) = self { error.code == "NOSCRIPT" } else { false }
    }
}

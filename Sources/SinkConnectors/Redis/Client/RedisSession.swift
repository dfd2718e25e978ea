internal import Connector
internal import RedisCodec

/// A connection after its greeting: who answers, and the scripts that it knows.
struct RedisSession: Sendable {
    let connection: RedisConnection
    let server: RedisServer
    let scripts: LoadedScripts
    let incarnation: SinkIncarnation

    /// Authenticates, selects the database, names the connection, asks who answers, and loads the scripts.
    static func begin(on connection: RedisConnection, options: RedisOptions, clientName: String) async throws
        -> RedisSession
    {
        let server = try await greet(connection, options: options, clientName: clientName)
        let scripts = try await LoadedScripts.load(on: connection, for: server)
        let incarnation = SinkIncarnation(["run id": server.runID, "database": "\(options.address.database)"])
        return RedisSession(connection: connection, server: server, scripts: scripts, incarnation: incarnation)
    }

    private static func greet(
        _ connection: RedisConnection, options: RedisOptions, clientName: String
    ) async throws -> RedisServer {
        let address = options.address
        var commands = RedisCommands()
        if let password = address.password {
            try commands.append(address.user.map { ["AUTH", $0, password] } ?? ["AUTH", password])
        }
        try commands.append(["SELECT", "\(address.database)"])
        let mustSucceed = commands.count
        // A user who may not do these two can still write: the name is a courtesy, and `check` says what a hidden run
        // id costs.
        try commands.append(["CLIENT", "SETNAME", clientName])
        try commands.append(["INFO", "server"])
        let replies = try await connection.send(commands)
        _ = try replies.prefix(mustSucceed).accepted()
        return RedisServer(info: replies.last?.text ?? "")
    }
}

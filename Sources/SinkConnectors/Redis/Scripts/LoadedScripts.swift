internal import Connector
internal import RedisCodec

/// The scripts as a server knows them.
struct LoadedScripts: Sendable {
    /// By ``RedisScript``: the arguments before the keys, encoded.
    private let prefixes: [[UInt8]]

    /// Gives the server every script; it answers with the names to call them by.
    static func load(on connection: RedisConnection, for server: RedisServer) async throws -> LoadedScripts {
        var commands = RedisCommands()
        for script in RedisScript.allCases {
            try commands.append(["SCRIPT", "LOAD", script.text(declaresFlags: server.hasScriptFlags)])
        }
        var prefixes: [[UInt8]] = []
        for (script, reply) in zip(RedisScript.allCases, try await connection.send(commands).accepted()) {
            guard let name = reply.bytes else {
                throw MillraceError(.sinkRejected, "the server does not take scripts as Redis does")
            }
            prefixes.append(RedisCommands.encoded([Array("EVALSHA".utf8), name, Array("\(script.keyCount)".utf8)]))
        }
        return LoadedScripts(prefixes: prefixes)
    }

    /// Names of scripts for calls that are never sent.
    static let unnamed = LoadedScripts(
        prefixes: RedisScript.allCases.map { _ in RedisCommands.encoded([[], [], []]) })

    /// The encoded arguments before the keys: three of them.
    func prefix(of script: RedisScript) -> [UInt8] { prefixes[script.rawValue] }
}

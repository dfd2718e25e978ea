internal import RedisCodec

/// One call of a script outside the hot path.
struct ScriptCall: Sendable {
    private let script: RedisScript
    private let keys: [[UInt8]]
    private let arguments: [[UInt8]]

    init(_ script: RedisScript, keys: [[UInt8]], arguments: [[UInt8]]) {
        precondition(keys.count == script.keyCount, "a script is called with the keys that it names")
        self.script = script
        self.keys = keys
        self.arguments = arguments
    }

    func append(to commands: inout RedisCommands, scripts: LoadedScripts) {
        commands.beginCommand(arguments: 3 + keys.count + arguments.count)
        commands.append(encoded: scripts.prefix(of: script))
        for argument in keys { commands.append(argument: argument) }
        for argument in arguments { commands.append(argument: argument) }
    }
}

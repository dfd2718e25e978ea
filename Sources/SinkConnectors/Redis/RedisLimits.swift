/// What a server takes with its default settings. A larger row parks; sent, it would cost the connection.
enum RedisLimits {
    /// `proto-max-bulk-len`.
    static let argumentBytesMax = 512 << 20
    /// Below `client-query-buffer-limit`.
    static let commandBytesMax = 1000 << 20
    /// How many arguments a script can hand to one command: Lua's stack holds 8,000 values.
    static let fieldsMax = 3900
    /// How many members a collection can be built of at once: a command has at most 1,048,576 arguments.
    static let membersMax = 500_000
}

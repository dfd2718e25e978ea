internal import RedisCodec

/// One output as a field of a hash or of a stream's entry: its name is encoded once.
struct RedisField: Sendable {
    /// The name as an encoded argument.
    let name: [UInt8]
    let text: CellText

    init(name: String, text: CellText) {
        self.name = RedisCommands.encoded([Array(name.utf8)])
        self.text = text
    }
}

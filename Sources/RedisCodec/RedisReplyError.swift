/// A refusal of the server.
///
/// The server quotes arguments in some of its messages, so a row's values can be in them: ``description`` shows the code
/// alone.
public struct RedisReplyError: Error, Hashable, Sendable {
    /// The first word, in capitals: `WRONGTYPE`, `OOM`, or `ERR` where the server has no better.
    public let code: String
    /// Everything the server said, the code included. Never to be shown.
    public let message: String

    public init(message: String) {
        self.message = message
        code = String(message.prefix { $0 != " " })
    }

    /// Whether the message names a code further on, as a script's error does in servers before version 7:
    /// `ERR Error running script … -OOM command not allowed`.
    public func quotes(_ code: String) -> Bool { message.contains("-\(code) ") }
}

extension RedisReplyError: CustomStringConvertible {
    public var description: String {
        let isWord = code.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        return "Redis answered \(isWord && !code.isEmpty ? code : "an error")"
    }
}

/// Why the bytes of a server could not be read. The connection is of no use after it.
public enum RedisCodecError: Error, Hashable, Sendable {
    /// Not RESP2, or nested deeper than seven arrays.
    case malformed
    case replyTooLarge(bytesMax: Int)
    case tooManyElements(elementsMax: Int)
    case outOfMemory
}

extension RedisCodecError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformed: "what the server sent is not the Redis protocol"
        case .replyTooLarge(let limit): "the server sent a reply of more than \(limit) bytes"
        case .tooManyElements(let limit): "the server sent a reply of more than \(limit) elements"
        case .outOfMemory: "there is no memory for the server's reply"
        }
    }
}

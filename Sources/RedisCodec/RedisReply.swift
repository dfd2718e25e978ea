/// One reply of a Redis server (RESP2).
public enum RedisReply: Hashable, Sendable {
    case integer(Int64)
    /// A short text such as `OK`.
    case status(String)
    case error(RedisReplyError)
    case bulk([UInt8])
    /// A missing value, or a missing array.
    case null
    case array([RedisReply])
}

extension RedisReply {
    /// The bytes of a bulk reply; nil for every other reply.
    public var bytes: [UInt8]? {
        if case .bulk(let bytes) = self { bytes } else { nil }
    }

    /// The bytes of a bulk or status reply as text; nil for every other reply.
    public var text: String? {
        switch self {
        case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
        case .status(let text): text
        case .integer, .error, .null, .array: nil
        }
    }

    /// The elements of an array reply; nil for every other reply.
    public var elements: [RedisReply]? {
        if case .array(let elements) = self { elements } else { nil }
    }
}

internal import Connector
internal import RedisCodec

/// What stands in Redis where a write would go.
struct RedisFinding: Equatable {
    enum Content: Equatable {
        case absent
        /// A key of another type than the form's, by its name.
        case otherType(String)
        /// Names and values in turn, the guard's among them.
        case hash([RedisReply])
        case text([UInt8])
        case members([RedisReply])
        /// A member of a collection.
        case member
        /// The same of a sorted set.
        case score([UInt8])
    }

    /// What a key's remaining time is.
    enum Remaining: Equatable {
        /// There is no key.
        case gone
        case forever
        case milliseconds(Int64)
    }

    var content: Content
    /// The guard, wherever the form keeps it.
    var guardText: [UInt8]?
    /// `forever` where nobody asked.
    var remaining: Remaining
}

/// Between which two times of the server's own clock something was read, in milliseconds since 1970.
struct RedisInterval: Equatable {
    var start: Int64
    var end: Int64
}

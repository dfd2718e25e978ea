internal import Wire

/// The names of the keys that Millrace keeps beside a key of the user's.
///
/// They begin with `millrace:`, so that a reader's `SCAN user:*` does not see them, and lie in the slot of the key they
/// belong to: a key with a hash tag keeps it, any other becomes one whole tag. (A key with a closing brace and without a
/// tag is the exception: a cluster then answers CROSSSLOT.)
enum RedisKey {
    /// What is kept beside a key.
    enum Companion {
        /// The guard of a row that is a key of its own, or the guards of a collection's members.
        case guards
        /// The members that were deleted from a collection.
        case graves
    }

    /// Appends the name of what is kept beside a key.
    static func append(_ companion: Companion, of key: [UInt8], to name: inout [UInt8]) {
        let isTagged = hasTag(key)
        switch (companion, isTagged) {
        case (.guards, false): name.append(literal: "millrace:v:{")
        case (.guards, true): name.append(literal: "millrace:vt:")
        case (.graves, false): name.append(literal: "millrace:d:{")
        case (.graves, true): name.append(literal: "millrace:dt:")
        }
        name.append(contentsOf: key)
        if !isTagged { name.append(UInt8(ascii: "}")) }
    }

    /// The name of what is kept beside a key.
    static func name(_ companion: Companion, of key: [UInt8]) -> [UInt8] {
        var name: [UInt8] = []
        append(companion, of: key, to: &name)
        return name
    }

    /// The key of the marker that one sink of a pipeline leaves: several may share a database.
    static func marker(of pipeline: String, sink: String) -> String { "millrace:\(pipeline):\(sink):marker" }

    /// Whether a cluster takes the slot from a part of the key: from the first `{` to the next `}`, if anything is
    /// between them (Redis Cluster specification, hash tags).
    private static func hasTag(_ key: [UInt8]) -> Bool {
        var start = 0
        while start < key.count, key[start] != UInt8(ascii: "{") { start += 1 }
        var end = start + 1
        while end < key.count, key[end] != UInt8(ascii: "}") { end += 1 }
        return end < key.count && end > start + 1
    }
}

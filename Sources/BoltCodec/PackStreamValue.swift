/// One value of PackStream, which is what Bolt's messages are made of.
public indirect enum PackStreamValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case float(Double)
    case bytes([UInt8])
    case text(String)
    case list([PackStreamValue])
    /// Of several entries with one key, the last.
    case map([String: PackStreamValue])
    /// A node, a date, or a message, told by its tag.
    case structure(tag: UInt8, fields: [PackStreamValue])

    /// The entry of a map; nil for other values.
    public subscript(key: String) -> PackStreamValue? {
        if case .map(let entries) = self { entries[key] } else { nil }
    }

    public var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    public var integer: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }

    public var list: [PackStreamValue]? {
        if case .list(let elements) = self { elements } else { nil }
    }

    public var boolean: Bool? {
        if case .boolean(let flag) = self { flag } else { nil }
    }
}

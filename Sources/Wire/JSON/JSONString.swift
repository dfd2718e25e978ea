extension [UInt8] {
    /// Appends what the text between the quotes of a JSON string stands for.
    ///
    /// - Parameter replacingHalves: whether half of a surrogate pair becomes U+FFFD; otherwise it stays itself, in three
    ///   bytes that are not UTF-8.
    /// - Precondition: it stands in JSON that was read.
    public mutating func append(unescapingJSON raw: Span<UInt8>, replacingHalves: Bool = false) {
        reserve(adding: raw.count)
        var index = 0
        while index < raw.count {
            guard raw[index] == UInt8(ascii: "\\") else {
                append(raw[index])
                index += 1
                continue
            }
            let kind = raw[index + 1]
            index += 2
            guard kind == UInt8(ascii: "u") else {
                append(JSONString.control(kind))
                continue
            }
            let scalar = JSONString.scalar(in: raw, at: &index)
            let isHalf = (0xD800..<0xE000).contains(scalar)
            JSONString.append(isHalf && replacingHalves ? 0xFFFD : scalar, to: &self)
        }
    }
}

/// The escapes of JSON strings.
private enum JSONString {
    /// What the character behind a backslash stands for, where it is no `u`.
    static func control(_ kind: UInt8) -> UInt8 {
        switch kind {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: kind
        }
    }

    /// Reads the digits behind `\u`, and a second such escape where the two are a surrogate pair.
    static func scalar(in raw: Span<UInt8>, at index: inout Int) -> UInt32 {
        let high = unit(in: raw, at: index)
        index += 4
        guard (0xD800..<0xDC00).contains(high), index + 6 <= raw.count, raw[index] == UInt8(ascii: "\\"),
            raw[index + 1] == UInt8(ascii: "u")
        else { return high }
        let low = unit(in: raw, at: index + 2)
        guard (0xDC00..<0xE000).contains(low) else { return high }
        index += 6
        return 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
    }

    private static func unit(in raw: Span<UInt8>, at index: Int) -> UInt32 {
        var unit: UInt32 = 0
        for place in index..<index + 4 { unit = unit << 4 | UInt32(Hex.value(of: raw[place]) ?? 0) }
        return unit
    }

    static func append(_ scalar: UInt32, to text: inout [UInt8]) {
        switch scalar {
        case 0..<0x80: text.append(UInt8(scalar))
        case 0x80..<0x800: text += [UInt8(0xC0 | scalar >> 6), UInt8(0x80 | scalar & 0x3F)]
        case 0x800..<0x10000:
            text += [UInt8(0xE0 | scalar >> 12), UInt8(0x80 | scalar >> 6 & 0x3F), UInt8(0x80 | scalar & 0x3F)]
        default:
            text += [
                UInt8(0xF0 | scalar >> 18), UInt8(0x80 | scalar >> 12 & 0x3F), UInt8(0x80 | scalar >> 6 & 0x3F),
                UInt8(0x80 | scalar & 0x3F),
            ]
        }
    }
}

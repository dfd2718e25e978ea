extension [UInt8] {
    /// Appends bytes in base64 with padding (RFC 4648, section 4).
    public mutating func append(base64 bytes: Span<UInt8>) {
        reserve(adding: (bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let left = Swift.min(3, bytes.count - index)
            appendBase64Group(
                bytes[index], left > 1 ? bytes[index + 1] : 0, left > 2 ? bytes[index + 2] : 0, count: left)
            index += 3
        }
    }

    /// Appends in base64 the bytes that a PostgreSQL `bytea` stands for, without making them first.
    public mutating func append(base64OfBytea bytea: Span<UInt8>) throws(WireError) {
        let text = try ByteaText.digits(bytea)
        let start = count
        let bytes = text.count / 2
        reserve(adding: (bytes + 2) / 3 * 4)
        var index = 0
        while index < bytes {
            let left = Swift.min(3, bytes - index)
            guard let first = Hex.byte(in: text, at: index * 2),
                let second = left > 1 ? Hex.byte(in: text, at: index * 2 + 2) : 0,
                let third = left > 2 ? Hex.byte(in: text, at: index * 2 + 4) : 0
            else {
                truncate(to: start)
                throw ByteaText.malformed
            }
            appendBase64Group(first, second, third, count: left)
            index += 3
        }
    }

    private mutating func appendBase64Group(_ first: UInt8, _ second: UInt8, _ third: UInt8, count: Int) {
        append(Base64.digit(first >> 2))
        append(Base64.digit((first & 3) << 4 | second >> 4))
        append(count > 1 ? Base64.digit((second & 15) << 2 | third >> 6) : UInt8(ascii: "="))
        append(count > 2 ? Base64.digit(third & 63) : UInt8(ascii: "="))
    }
}

enum Base64 {
    /// The digit of a number below sixty-four.
    @inline(__always)
    static func digit(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") &+ value
        case 26..<52: UInt8(ascii: "a") &+ value &- 26
        case 52..<62: UInt8(ascii: "0") &+ value &- 52
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }
}

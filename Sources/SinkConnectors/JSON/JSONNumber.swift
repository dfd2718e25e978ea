/// The grammar of JSON numbers (RFC 8259, section 6).
enum JSONNumber {
    /// Where the number that begins at `start` ends; nil where none begins there.
    static func end(in bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") { index += 1 }
        guard let whole = endOfDigits(in: bytes, from: index) else { return nil }
        if bytes[index] == UInt8(ascii: "0"), whole > index + 1 { return nil }
        index = whole
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            guard let fraction = endOfDigits(in: bytes, from: index + 1) else { return nil }
            index = fraction
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") {
                index += 1
            }
            guard let exponent = endOfDigits(in: bytes, from: index) else { return nil }
            index = exponent
        }
        return index
    }

    /// Whether the bytes are one number and nothing else.
    static func isWhole(_ bytes: Span<UInt8>) -> Bool {
        end(in: bytes, from: 0) == bytes.count
    }

    private static func endOfDigits(in bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while index < bytes.count, bytes[index] &- UInt8(ascii: "0") <= 9 { index += 1 }
        return index > start ? index : nil
    }
}

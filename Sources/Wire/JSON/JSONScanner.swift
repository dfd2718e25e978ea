/// Reads JSON text front to back, value by value, without building a tree.
///
/// It accepts exactly RFC 8259, to a depth of ``depthMax``; anything else throws. Strings come back as the range of
/// their raw bytes, escapes and all, so that what nobody asks for is never copied. Whether they are UTF-8 is not looked
/// at.
public struct JSONScanner: ~Copyable, ~Escapable {
    /// How deep arrays and objects may nest; Elasticsearch itself refuses more.
    public static let depthMax = 1000

    // The literals as the four bytes that tell them.
    private static let `true`: UInt32 = 0x7472_7565
    private static let null: UInt32 = 0x6E75_6C6C
    private static let alse: UInt32 = 0x616C_7365

    private let bytes: Span<UInt8>
    /// Where the scanner stands: behind what was read.
    public private(set) var offset: Int
    private var needsComma = false

    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>, from offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    /// Whether the text is one JSON value and nothing else.
    public static func isValid(_ text: Span<UInt8>) -> Bool {
        do throws(WireError) {
            var scanner = JSONScanner(text)
            _ = try scanner.skipValue()
            try scanner.expectEnd()
            return true
        } catch {
            return false
        }
    }

    /// The first byte of the next value.
    @_lifetime(self: copy self)
    public mutating func peek() throws(WireError) -> UInt8 {
        skipWhitespace()
        guard offset < bytes.count else { throw .malformed("JSON") }
        return bytes[offset]
    }

    @_lifetime(self: copy self)
    public mutating func enterObject() throws(WireError) {
        try expect(UInt8(ascii: "{"))
        needsComma = false
    }

    @_lifetime(self: copy self)
    public mutating func enterArray() throws(WireError) {
        try expect(UInt8(ascii: "["))
        needsComma = false
    }

    /// Moves to the next member of the object and returns its raw key, or leaves the object and returns nil.
    @_lifetime(self: copy self)
    public mutating func nextKey() throws(WireError) -> Range<Int>? {
        guard try advance(unlessAt: UInt8(ascii: "}")) else { return nil }
        let key = try readString()
        try expect(UInt8(ascii: ":"))
        needsComma = false
        return key
    }

    /// Moves to the next element of the array, or leaves the array and returns false.
    @_lifetime(self: copy self)
    public mutating func nextElement() throws(WireError) -> Bool {
        try advance(unlessAt: UInt8(ascii: "]"))
    }

    /// Reads a string and returns where its raw bytes stand, without the quotes.
    @_lifetime(self: copy self)
    public mutating func readString() throws(WireError) -> Range<Int> {
        try expect(UInt8(ascii: "\""))
        let start = offset
        while offset < bytes.count {
            offset = JSONText.firstUnsafe(in: bytes, from: offset)
            guard offset < bytes.count else { break }
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                needsComma = true
                return start..<offset - 1
            case UInt8(ascii: "\\"):
                try skipEscape()
            case 0..<0x20:
                throw .malformed("JSON")
            default:
                offset += 1
            }
        }
        throw .malformed("JSON")
    }

    /// Reads a number without fraction or exponent.
    @_lifetime(self: copy self)
    public mutating func readInteger() throws(WireError) -> Int64 {
        let range = try readNumber()
        var value: Int64 = 0
        var index = range.lowerBound
        let isNegative = bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        while index < range.upperBound {
            let digit = bytes[index] &- UInt8(ascii: "0")
            let (shifted, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (next, passed) = shifted.addingReportingOverflow(isNegative ? -Int64(digit) : Int64(digit))
            guard digit <= 9, !overflowed, !passed else { throw .malformed("JSON") }
            value = next
            index += 1
        }
        return value
    }

    /// Reads `true` or `false`.
    @_lifetime(self: copy self)
    public mutating func readBoolean() throws(WireError) -> Bool {
        let isTrue = try peek() == UInt8(ascii: "t")
        if isTrue { try skipLiteral(Self.true) } else { try skipFalse() }
        return isTrue
    }

    /// Passes over the next value, whatever it is, and returns where it stands.
    @_lifetime(self: copy self)
    public mutating func skipValue() throws(WireError) -> Range<Int> {
        _ = try peek()
        let start = offset
        var path = JSONPath()
        repeat {
            if path.depth > 0, try !stepWithin(&path) { continue }
            switch try peek() {
            case UInt8(ascii: "{"):
                try enterObject()
                try path.push(isObject: true)
            case UInt8(ascii: "["):
                try enterArray()
                try path.push(isObject: false)
            default:
                try skipScalar()
            }
        } while path.depth > 0
        return start..<offset
    }

    /// Throws unless nothing but white space follows.
    @_lifetime(self: copy self)
    public mutating func expectEnd() throws(WireError) {
        skipWhitespace()
        guard offset == bytes.count else { throw .malformed("JSON") }
    }

    /// Moves to the next value of the innermost container; false where the container ended.
    @_lifetime(self: copy self)
    private mutating func stepWithin(_ path: inout JSONPath) throws(WireError) -> Bool {
        let hasNext = path.isInObject ? try nextKey() != nil : try nextElement()
        if !hasNext { path.pop() }
        return hasNext
    }

    @_lifetime(self: copy self)
    private mutating func advance(unlessAt close: UInt8) throws(WireError) -> Bool {
        let next = try peek()
        if next == close {
            offset += 1
            needsComma = true
            return false
        }
        if needsComma {
            try expect(UInt8(ascii: ","))
            needsComma = false
        }
        return true
    }

    @_lifetime(self: copy self)
    private mutating func skipScalar() throws(WireError) {
        switch try peek() {
        case UInt8(ascii: "\""): _ = try readString()
        case UInt8(ascii: "t"): try skipLiteral(Self.true)
        case UInt8(ascii: "f"): try skipFalse()
        case UInt8(ascii: "n"): try skipLiteral(Self.null)
        default: _ = try readNumber()
        }
    }

    @_lifetime(self: copy self)
    private mutating func skipFalse() throws(WireError) {
        guard try peek() == UInt8(ascii: "f") else { throw .malformed("JSON") }
        try skipLiteral(Self.alse, after: 1)
    }

    /// Passes over `prefix` bytes and then over the four that `word` holds.
    @_lifetime(self: copy self)
    private mutating func skipLiteral(_ word: UInt32, after prefix: Int = 0) throws(WireError) {
        let start = offset + prefix
        guard start + 4 <= bytes.count else { throw .malformed("JSON") }
        var found: UInt32 = 0
        for index in start..<start + 4 { found = found << 8 | UInt32(bytes[index]) }
        guard found == word else { throw .malformed("JSON") }
        offset = start + 4
        needsComma = true
    }

    @_lifetime(self: copy self)
    private mutating func readNumber() throws(WireError) -> Range<Int> {
        _ = try peek()
        guard let end = NumberText.endOfJSONNumber(in: bytes, from: offset) else { throw .malformed("JSON") }
        let range = offset..<end
        offset = end
        needsComma = true
        return range
    }

    @_lifetime(self: copy self)
    private mutating func skipEscape() throws(WireError) {
        guard offset + 1 < bytes.count else { throw .malformed("JSON") }
        switch bytes[offset + 1] {
        case UInt8(ascii: "u"):
            guard offset + 6 <= bytes.count else { throw .malformed("JSON") }
            for index in offset + 2..<offset + 6 where Hex.value(of: bytes[index]) == nil { throw .malformed("JSON") }
            offset += 6
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 2
        default:
            throw .malformed("JSON")
        }
    }

    @_lifetime(self: copy self)
    private mutating func expect(_ byte: UInt8) throws(WireError) {
        guard try peek() == byte else { throw .malformed("JSON") }
        offset += 1
    }

    @_lifetime(self: copy self)
    private mutating func skipWhitespace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }
}

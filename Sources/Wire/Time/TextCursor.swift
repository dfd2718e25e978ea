/// Reads text front to back; what is not there throws.
struct TextCursor: ~Copyable, ~Escapable {
    private let text: Span<UInt8>
    private let what: StaticString
    private(set) var offset = 0

    /// - Parameter what: what the text should be, for the error.
    @_lifetime(copy text)
    init(_ text: Span<UInt8>, readingA what: StaticString) {
        self.text = text
        self.what = what
    }

    var isAtEnd: Bool { offset == text.count }

    /// The next byte, or nil at the end.
    var next: UInt8? { offset < text.count ? text[offset] : nil }

    /// Passes over a byte if it comes next.
    @_lifetime(self: copy self)
    mutating func skip(_ byte: UInt8) -> Bool {
        guard offset < text.count, text[offset] == byte else { return false }
        offset += 1
        return true
    }

    /// Passes over a byte that must come next.
    @_lifetime(self: copy self)
    mutating func expect(_ byte: UInt8) throws(WireError) {
        guard skip(byte) else { throw malformed }
    }

    /// Reads a run of digits as a number.
    @_lifetime(self: copy self)
    mutating func digits(atLeast lower: Int, atMost upper: Int) throws(WireError) -> Int64 {
        var value: Int64 = 0
        let start = offset
        while offset < text.count, offset - start < upper, Digits.isDigit(text[offset]) {
            value = value &* 10 &+ Int64(text[offset] &- UInt8(ascii: "0"))
            offset &+= 1
        }
        guard offset - start >= lower else { throw malformed }
        return value
    }

    /// Reads a decimal point and up to six digits as microseconds; zero where there is none.
    @_lifetime(self: copy self)
    mutating func fraction() throws(WireError) -> Int64 {
        guard skip(UInt8(ascii: ".")) else { return 0 }
        let start = offset
        var value = try digits(atLeast: 1, atMost: 6)
        for _ in offset - start..<6 { value &*= 10 }
        return value
    }

    /// Throws unless everything has been read.
    func end() throws(WireError) {
        guard isAtEnd else { throw malformed }
    }

    var malformed: WireError { .malformed(what.description) }
}

internal import Wire

/// Finds members in JSON text without building a tree (RFC 8259).
struct JSONScanner: ~Copyable, ~Escapable {
    private static let depthMax = 512

    private let text: Span<UInt8>
    private var index = 0

    @_lifetime(copy text)
    private init(_ text: Span<UInt8>) {
        self.text = text
    }

    /// Whether the text is one JSON value.
    static func isValid(_ text: Span<UInt8>) -> Bool {
        var scanner = JSONScanner(text)
        guard scanner.skipValue(depth: 0) != nil else { return false }
        scanner.skipBlanks()
        return scanner.index == text.count
    }

    /// A member of an object or an element of an array: its JSON, or its text where `asText`. Nil where there is none,
    /// and for a JSON null as text. The last of several members with one name counts.
    static func member(
        _ key: SyntaxNode.MemberKey, of text: Span<UInt8>, asText: Bool
    ) throws(EvaluationError) -> [UInt8]? {
        var scanner = JSONScanner(text)
        scanner.skipBlanks()
        let found: Range<Int>?
        switch (key, scanner.next) {
        case (.name(let name), UInt8(ascii: "{")): found = try scanner.member(named: Array(name.utf8))
        case (.index(let number), UInt8(ascii: "[")): found = try scanner.element(number)
        default: found = nil
        }
        guard let found else { return nil }
        let value = text.extracting(found)
        guard asText else { return ExpressionText.bytes(value) }
        if value.isText("null") { return nil }
        return value[0] == UInt8(ascii: "\"") ? unescaped(value) : ExpressionText.bytes(value)
    }

    private var next: UInt8? { index < text.count ? text[index] : nil }

    @_lifetime(self: copy self)
    private mutating func member(named name: [UInt8]) throws(EvaluationError) -> Range<Int>? {
        var found: Range<Int>?
        index += 1
        skipBlanks()
        if next == UInt8(ascii: "}") { return nil }
        while true {
            skipBlanks()
            guard next == UInt8(ascii: "\""), let keyRange = skipValue(depth: 1) else { throw .notA("json") }
            skipBlanks()
            guard skip(UInt8(ascii: ":")), let value = skipValue(depth: 1) else { throw .notA("json") }
            if Self.unescaped(text.extracting(keyRange)) == name { found = value }
            skipBlanks()
            if skip(UInt8(ascii: "}")) { return found }
            guard skip(UInt8(ascii: ",")) else { throw .notA("json") }
        }
    }

    @_lifetime(self: copy self)
    private mutating func element(_ number: Int) throws(EvaluationError) -> Range<Int>? {
        index += 1
        skipBlanks()
        if next == UInt8(ascii: "]") { return nil }
        var count = 0
        while true {
            guard let value = skipValue(depth: 1) else { throw .notA("json") }
            if count == number { return value }
            count += 1
            skipBlanks()
            if skip(UInt8(ascii: "]")) { return nil }
            guard skip(UInt8(ascii: ",")) else { throw .notA("json") }
        }
    }

    /// Passes over a value and says where it stands; nil where there is none.
    @_lifetime(self: copy self)
    private mutating func skipValue(depth: Int) -> Range<Int>? {
        skipBlanks()
        let start = index
        let isSkipped: Bool
        switch next {
        case UInt8(ascii: "{"): isSkipped = skipItems(closing: UInt8(ascii: "}"), hasKeys: true, depth: depth)
        case UInt8(ascii: "["): isSkipped = skipItems(closing: UInt8(ascii: "]"), hasKeys: false, depth: depth)
        case UInt8(ascii: "\""): isSkipped = skipString()
        case nil: isSkipped = false
        default: isSkipped = skipWord()
        }
        return isSkipped ? start..<index : nil
    }

    @_lifetime(self: copy self)
    private mutating func skipItems(closing: UInt8, hasKeys: Bool, depth: Int) -> Bool {
        guard depth < Self.depthMax else { return false }
        index += 1
        skipBlanks()
        if skip(closing) { return true }
        while true {
            if hasKeys {
                skipBlanks()
                guard next == UInt8(ascii: "\""), skipString() else { return false }
                skipBlanks()
                guard skip(UInt8(ascii: ":")) else { return false }
            }
            guard skipValue(depth: depth + 1) != nil else { return false }
            skipBlanks()
            if skip(closing) { return true }
            guard skip(UInt8(ascii: ",")) else { return false }
        }
    }

    @_lifetime(self: copy self)
    private mutating func skipString() -> Bool {
        index += 1
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\""):
                index += 1
                return true
            case UInt8(ascii: "\\"):
                guard let length = escapeLength() else { return false }
                index += length
            case 0..<0x20: return false
            default: index += 1
            }
        }
        return false
    }

    private func escapeLength() -> Int? {
        guard index + 1 < text.count else { return nil }
        switch text[index + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return 2
        case UInt8(ascii: "u"):
            guard index + 6 <= text.count else { return nil }
            for digit in (index + 2)..<(index + 6) where Hex.value(of: text[digit]) == nil { return nil }
            return 6
        default: return nil
        }
    }

    /// Passes over a number or one of the three words.
    @_lifetime(self: copy self)
    private mutating func skipWord() -> Bool {
        let start = index
        while index < text.count, !Self.isBlank(text[index]), !Self.isStructure(text[index]) { index += 1 }
        let word = text.extracting(start..<index)
        if word.isText("true") || word.isText("false") || word.isText("null") { return true }
        guard let number = DecimalText(word), word[0] != UInt8(ascii: "+") else { return false }
        let first = number.isNegative ? 1 : 0
        return number.wholeCount > 0 && word[first] != UInt8(ascii: "0") || Self.isSingleZero(word, from: first)
    }

    /// Whether the digits before the point are a zero alone.
    private static func isSingleZero(_ word: Span<UInt8>, from start: Int) -> Bool {
        word[start] == UInt8(ascii: "0") && (start + 1 == word.count || !word[start + 1].isDecimalDigit)
    }

    @_lifetime(self: copy self)
    private mutating func skipBlanks() {
        while index < text.count, Self.isBlank(text[index]) { index += 1 }
    }

    @_lifetime(self: copy self)
    private mutating func skip(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        index += 1
        return true
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private static func isStructure(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"),
            UInt8(ascii: "}"), UInt8(ascii: "\""):
            true
        default: false
        }
    }
}

extension JSONScanner {
    /// The text of a JSON string that was passed over, quotes included; half a surrogate pair becomes U+FFFD.
    fileprivate static func unescaped(_ string: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        var index = 1
        while index < string.count - 1 {
            guard string[index] == UInt8(ascii: "\\") else {
                text.append(string[index])
                index += 1
                continue
            }
            switch string[index + 1] {
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                index += appendUnicode(string, at: index, to: &text)
                continue
            default: text.append(string[index + 1])
            }
            index += 2
        }
        return text
    }

    /// Appends the character of `\u1234`, or of two that are a surrogate pair; returns how many bytes it took.
    private static func appendUnicode(_ string: Span<UInt8>, at index: Int, to text: inout [UInt8]) -> Int {
        let unit = codeUnit(string, at: index)
        if unit & 0xFC00 == 0xD800, index + 12 <= string.count - 1, string[index + 6] == UInt8(ascii: "\\"),
            string[index + 7] == UInt8(ascii: "u")
        {
            let low = codeUnit(string, at: index + 6)
            if low & 0xFC00 == 0xDC00, let scalar = Unicode.Scalar(0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF) {
                text.append(contentsOf: String(scalar).utf8)
                return 12
            }
        }
        text.append(contentsOf: String(Unicode.Scalar(unit) ?? "\u{FFFD}").utf8)
        return 6
    }

    private static func codeUnit(_ string: Span<UInt8>, at index: Int) -> UInt32 {
        var unit: UInt32 = 0
        for digit in (index + 2)..<(index + 6) { unit = unit << 4 | UInt32(Hex.value(of: string[digit]) ?? 0) }
        return unit
    }
}

extension [UInt8] {
    /// Appends UTF-8 bytes as a JSON string with its quotes (RFC 8259, section 7).
    ///
    /// Only quotes, backslashes and control characters are escaped, so that a line of JSON never holds a raw newline.
    /// Bytes that are not UTF-8 are never written: U+FFFD takes their place.
    ///
    /// - Returns: whether every byte was UTF-8, so that the string stands for exactly these bytes.
    @discardableResult
    public mutating func append(jsonString bytes: Span<UInt8>) -> Bool {
        var isExact = true
        reserve(adding: bytes.count &+ 2)
        append(UInt8(ascii: "\""))
        var clean = 0
        var index = JSONText.firstUnsafe(in: bytes, from: 0)
        while index < bytes.count {
            let byte = bytes[index]
            if byte >= 0x80 {
                let sequence = UTF8Text.sequence(in: bytes, at: index)
                if !sequence.isValid {
                    append(bytes.extracting(clean..<index))
                    append(literal: "\u{FFFD}")
                    isExact = false
                    clean = index &+ sequence.length
                }
                index &+= sequence.length
                // Text beyond ASCII comes in runs: look at the next byte before scanning by words again.
                if index < bytes.count, bytes[index] >= 0x80 { continue }
            } else {
                append(bytes.extracting(clean..<index))
                appendEscaped(byte)
                index &+= 1
                clean = index
            }
            index = JSONText.firstUnsafe(in: bytes, from: index)
        }
        append(bytes.extracting(clean..<bytes.count))
        append(UInt8(ascii: "\""))
        return isExact
    }

    /// Appends a string as a JSON string with its quotes.
    public mutating func append(jsonString text: String) {
        append(jsonString: text.utf8.span)
    }

    /// Appends bytes that are plain ASCII and need no escape, with quotes around them.
    @inlinable
    public mutating func append(quoted bytes: Span<UInt8>) {
        append(UInt8(ascii: "\""))
        append(bytes)
        append(UInt8(ascii: "\""))
    }

    /// Appends JSON text that the source vouches for, on one line: raw newlines and tabs between its tokens become
    /// spaces, and nothing else changes.
    ///
    /// Whether it is JSON is the source's word. Refused is only what could break the line: a control character within a
    /// string, and beside that bytes that are not UTF-8, and no text at all.
    public mutating func append(jsonDocument text: Span<UInt8>) throws(WireError) {
        guard text.count > 0 else { throw .malformed("JSON") }
        if JSONText.isOneLineASCII(text) {
            append(text)
            return
        }
        guard UTF8Text.isValid(text) else { throw .malformed("UTF-8 text") }
        let start = count
        var isInString = false
        var clean = 0
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            } else if byte < 0x20 {
                guard !isInString else {
                    truncate(to: start)
                    throw .malformed("JSON string")
                }
                append(text.extracting(clean..<index))
                append(UInt8(ascii: " "))
                clean = index &+ 1
            } else if isInString, byte == UInt8(ascii: "\\"), index &+ 1 < text.count, text[index &+ 1] >= 0x20 {
                index &+= 1
            }
            index &+= 1
        }
        append(text.extracting(clean..<text.count))
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
        case UInt8(ascii: "\n"): append(UInt8(ascii: "n"))
        case UInt8(ascii: "\r"): append(UInt8(ascii: "r"))
        case UInt8(ascii: "\t"): append(UInt8(ascii: "t"))
        default:
            append(literal: "u00")
            append(Hex.digit(byte >> 4))
            append(Hex.digit(byte & 15))
        }
    }
}

/// Finds the bytes that a JSON string cannot hold as they are, eight at a time.
enum JSONText {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080
    private static let quotes = ones &* UInt64(UInt8(ascii: "\""))
    private static let backslashes = ones &* UInt64(UInt8(ascii: "\\"))
    private static let spaces = ones &* 0x20

    /// The first byte from `start` on that is a quote, a backslash, a control character or beyond ASCII.
    static func firstUnsafe(in bytes: Span<UInt8>, from start: Int) -> Int {
        let count = bytes.count
        // SAFETY: a load of eight bytes happens only where eight bytes are left, and needs no alignment.
        return bytes.withUnsafeBytes { raw in
            var index = start
            while index &+ 8 <= count {
                let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                let marks = unsafeMarks(word)
                // The lowest mark is never false: borrows only travel upwards, from a byte that is marked itself.
                if marks != 0 { return index &+ marks.trailingZeroBitCount >> 3 }
                index &+= 8
            }
            while index < count, !isUnsafe(raw[index]) { index &+= 1 }
            return index
        }
    }

    /// Whether the bytes are ASCII without control characters.
    static func isOneLineASCII(_ bytes: Span<UInt8>) -> Bool {
        let count = bytes.count
        // SAFETY: a load of eight bytes happens only where eight bytes are left, and needs no alignment.
        return bytes.withUnsafeBytes { raw in
            var index = 0
            while index &+ 8 <= count {
                let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if (word | (word &- spaces)) & highs != 0 { return false }
                index &+= 8
            }
            while index < count {
                if raw[index] < 0x20 || raw[index] >= 0x80 { return false }
                index &+= 1
            }
            return true
        }
    }

    /// Marks in the high bit of each byte: "a zero byte" and "a byte less than n" of Bit Twiddling Hacks (Anderson).
    private static func unsafeMarks(_ word: UInt64) -> UInt64 {
        let quote = word ^ quotes
        let backslash = word ^ backslashes
        let marks = (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- spaces) & ~word | word
        return marks & highs
    }

    private static func isUnsafe(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }
}

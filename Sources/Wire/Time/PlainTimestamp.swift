/// Recognises the timestamps that nearly all rows hold, a few machine words at a time.
enum PlainTimestamp {
    private static let digitBits: UInt64 = 0x3030_3030_3030_3030
    private static let highNibbles: UInt64 = 0xF0F0_F0F0_F0F0_F0F0
    private static let six: UInt64 = 0x0606_0606_0606_0606

    // "YYYY-MM-" and "DD HH:MM", lowest byte first.
    private static let dateMask: UInt64 = 0xFF00_00FF_0000_0000
    private static let dateSeparators: UInt64 = 0x2D00_002D_0000_0000
    private static let restMask: UInt64 = 0x0000_FF00_00FF_0000
    private static let restSeparators: UInt64 = 0x0000_3A00_0020_0000

    /// How many bytes the date and time take, or nil where only the full reader can tell.
    ///
    /// Plain is `YYYY-MM-DD HH:MM:SS`, with up to six digits of a fraction and then, where there is a zone, `+00`; of a
    /// year from 1 to 9999 and a day that every month has.
    static func bodyLength(_ text: Span<UInt8>, hasZone: Bool) -> Int? {
        let end = text.count &- (hasZone ? 3 : 0)
        guard end >= 19, end <= 26 else { return nil }
        // SAFETY: both loads need no alignment and end at byte 16 of at least 19.
        let (date, rest) = text.withUnsafeBytes { raw in
            (
                UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        guard isDigits(date, separators: dateSeparators, at: dateMask),
            isDigits(rest, separators: restSeparators, at: restMask)
        else { return nil }
        guard text[16] == UInt8(ascii: ":"), Digits.isDigit(text[17]), Digits.isDigit(text[18]) else { return nil }
        guard date & 0x0F0F_0F0F != 0, (1...12).contains(pair(text, 5)), (1...28).contains(pair(text, 8)),
            pair(text, 11) < 24, pair(text, 14) < 60, pair(text, 17) < 60, isFraction(text, from: 19, to: end)
        else { return nil }
        if hasZone {
            guard text[end] == UInt8(ascii: "+"), text[end + 1] == UInt8(ascii: "0"), text[end + 2] == UInt8(ascii: "0")
            else { return nil }
        }
        return end
    }

    /// Whether a word has these separators where the mask is set, and digits everywhere else: the high half of a digit is
    /// 3, and stays 3 when six is added.
    private static func isDigits(_ word: UInt64, separators: UInt64, at mask: UInt64) -> Bool {
        let digits = word & ~mask | digitBits & mask
        return word & mask == separators && digits & highNibbles == digitBits
            && (digits &+ six) & highNibbles == digitBits
    }

    private static func pair(_ text: Span<UInt8>, _ offset: Int) -> UInt8 {
        (text[offset] & 15) &* 10 &+ (text[offset + 1] & 15)
    }

    private static func isFraction(_ text: Span<UInt8>, from start: Int, to end: Int) -> Bool {
        guard start < end else { return true }
        guard text[start] == UInt8(ascii: "."), start + 1 < end else { return false }
        for index in start + 1..<end where !Digits.isDigit(text[index]) { return false }
        return true
    }
}

/// Checks UTF-8 (RFC 3629).
public enum UTF8Text {
    /// Whether the bytes are UTF-8 throughout.
    public static func isValid(_ bytes: Span<UInt8>) -> Bool {
        var index = 0
        while index < bytes.count {
            if bytes[index] < 0x80 {
                index &+= 1
            } else {
                let sequence = sequence(in: bytes, at: index)
                guard sequence.isValid else { return false }
                index &+= sequence.length
            }
        }
        return true
    }

    /// The sequence that begins at a byte of 0x80 or more: its length and whether it is one character.
    ///
    /// The length of an invalid sequence is that of its maximal valid beginning, at least one byte: what one U+FFFD
    /// stands for (Unicode, chapter 3, table 3-8).
    static func sequence(in bytes: Span<UInt8>, at start: Int) -> (length: Int, isValid: Bool) {
        let lead = bytes[start]
        let following: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: following = 1
        case 0xE0: (following, second) = (2, 0xA0...0xBF)
        case 0xED: (following, second) = (2, 0x80...0x9F)
        case 0xE1...0xEF: following = 2
        case 0xF0: (following, second) = (3, 0x90...0xBF)
        case 0xF4: (following, second) = (3, 0x80...0x8F)
        case 0xF1...0xF3: following = 3
        default: return (1, false)
        }
        for step in 1...following {
            let index = start &+ step
            let allowed = step == 1 ? second : 0x80...0xBF
            guard index < bytes.count, allowed.contains(bytes[index]) else { return (step, false) }
        }
        return (following &+ 1, true)
    }
}

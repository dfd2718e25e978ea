internal import Wire

/// The escapes of line protocol, so that no value can end its place and begin another.
enum LineText {
    /// The name of a tag or field; ``PointName`` has looked at it.
    static func name(_ text: String) -> [UInt8] {
        var line: [UInt8] = []
        append(escaped: text.utf8.span, to: &line)
        return line
    }

    /// The name of a measurement, in which an equals sign stands for itself.
    static func measurement(_ text: String) -> [UInt8] {
        var line: [UInt8] = []
        for byte in text.utf8 {
            if byte == UInt8(ascii: ",") || byte == UInt8(ascii: " ") { line.append(UInt8(ascii: "\\")) }
            line.append(byte)
        }
        return line
    }

    /// Appends a tag's value, or a name.
    static func append(escaped text: Span<UInt8>, to line: inout [UInt8]) {
        for index in text.indices {
            switch text[index] {
            case UInt8(ascii: ","), UInt8(ascii: " "), UInt8(ascii: "="): line.append(UInt8(ascii: "\\"))
            default: break
            }
            line.append(text[index])
        }
    }

    /// Appends the value of a text field, quotes included.
    static func append(quoted text: Span<UInt8>, to line: inout [UInt8]) {
        line.reserve(adding: text.count + 2)
        line.append(UInt8(ascii: "\""))
        for index in text.indices {
            if text[index] == UInt8(ascii: "\"") || text[index] == UInt8(ascii: "\\") {
                line.append(UInt8(ascii: "\\"))
            }
            line.append(text[index])
        }
        line.append(UInt8(ascii: "\""))
    }

    /// Whether a byte of a tag's value is one that no server, or not every one, gives back as it was: control
    /// characters, and a backslash at the end or before what it might be taken to escape.
    static func isOdd(_ text: Span<UInt8>, at index: Int) -> Bool {
        let byte = text[index]
        if byte < 0x20 || byte == 0x7F { return true }
        guard byte == UInt8(ascii: "\\") else { return false }
        guard index + 1 < text.count else { return true }
        switch text[index + 1] {
        case UInt8(ascii: "\\"), UInt8(ascii: ","), UInt8(ascii: "="), UInt8(ascii: " "), UInt8(ascii: "\""),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return true
        default: return false
        }
    }
}

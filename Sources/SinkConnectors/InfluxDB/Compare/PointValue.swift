internal import Wire

/// The value of a field, with its type.
enum PointValue: Sendable {
    case float(Double)
    case integer(Int64)
    case unsigned(UInt64)
    case boolean(Bool)
    case text([UInt8])

    /// What the server calls the type.
    var typeName: String {
        switch self {
        case .float: PointField.Kind.float.serverName
        case .integer: PointField.Kind.integer.serverName
        case .unsigned: PointField.Kind.unsigned.serverName
        case .boolean: PointField.Kind.boolean.serverName
        case .text: PointField.Kind.text.serverName
        }
    }

    /// Reads a value of a line; nil for what is none.
    init?(line: Span<UInt8>) {
        guard line.count > 0 else { return nil }
        let text = line[0] == UInt8(ascii: "\"") ? "" : ((try? String(exactly: line)) ?? "")
        switch line[line.count - 1] {
        case UInt8(ascii: "\""): self = .text(Self.unquoted(line))
        case UInt8(ascii: "e"): self = .boolean(text == "true")
        case UInt8(ascii: "i"):
            guard let number = Int64(text.dropLast()) else { return nil }
            self = .integer(number)
        case UInt8(ascii: "u"):
            guard let number = UInt64(text.dropLast()) else { return nil }
            self = .unsigned(number)
        default:
            guard let number = Double(text) else { return nil }
            self = .float(number)
        }
    }

    private static func unquoted(_ text: Span<UInt8>) -> [UInt8] {
        var value: [UInt8] = []
        var index = 1
        while index < text.count - 1 {
            if text[index] == UInt8(ascii: "\\"), index + 1 < text.count - 1 { index += 1 }
            value.append(text[index])
            index += 1
        }
        return value
    }

    /// Whether a query gave this value. It gives numbers without their type.
    func isSame(as cell: QueryCell) -> Bool {
        switch (self, cell) {
        case (.float(let number), .number(let text)): Double(text) == number
        case (.integer(let number), .number(let text)): Int64(text) == number
        case (.unsigned(let number), .number(let text)): UInt64(text) == number
        case (.boolean(let flag), .boolean(let found)): flag == found
        case (.text(let bytes), .text(let found)): found.utf8.elementsEqual(bytes)
        default: false
        }
    }
}

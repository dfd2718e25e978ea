internal import BoltCodec
internal import Wire

/// The text of a property's value for people: it shows the type too.
enum GraphText {
    /// - Returns: nil for null, which is nothing.
    static func bytes(of value: PackStreamValue) -> [UInt8]? {
        if case .null = value { return nil }
        var text: [UInt8] = []
        append(value, to: &text)
        return text
    }

    private static func append(_ value: PackStreamValue, to text: inout [UInt8]) {
        switch value {
        case .null: text.append(literal: "null")
        case .boolean(let flag): text.append(flag ? "true" : "false")
        case .integer(let number): text.append(decimal: number)
        case .float(let number): text.append("\(number)")
        case .bytes(let data):
            text.append(literal: "0x")
            for byte in data {
                text.append(Hex.digit(byte >> 4))
                text.append(Hex.digit(byte & 15))
            }
        case .text(let string): text.append(jsonString: string)
        case .list(let elements): append(elements, "[", "]", to: &text)
        case .map(let entries):
            text.append("{\(entries.keys.sorted().joined(separator: ", "))}")
        case .structure(let tag, let fields):
            text.append(name(ofStructure: tag))
            append(fields, "(", ")", to: &text)
        }
    }

    private static func append(
        _ values: [PackStreamValue], _ open: StaticString, _ close: StaticString, to text: inout [UInt8]
    ) {
        text.append(literal: open)
        for (number, value) in values.enumerated() {
            if number > 0 { text.append(literal: ", ") }
            append(value, to: &text)
        }
        text.append(literal: close)
    }

    private static func name(ofStructure tag: UInt8) -> String {
        switch tag {
        case 0x44: "days"
        case 0x45: "months, days, seconds, ns"
        case 0x46: "seconds, ns, offset"
        case 0x49: "seconds in UTC, ns, offset"
        case 0x54: "ns, offset"
        case 0x64: "local seconds, ns"
        case 0x74: "local ns"
        default: "structure \(tag)"
        }
    }
}

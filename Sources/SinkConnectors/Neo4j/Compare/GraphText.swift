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
            let start = text.count
            if append(time: fields.map { $0.integer }, tag, to: &text) { return }
            text.truncate(to: start)
            text.append(literal: "structure")
            append(fields, "(", ")", to: &text)
        }
    }

    /// Appends a date, a time or a duration; false for what is none, of which something may then stand there.
    private static func append(time fields: [Int64?], _ tag: UInt8, to text: inout [UInt8]) -> Bool {
        let numbers = fields.compactMap(\.self)
        guard numbers.count == fields.count, numbers.allSatisfy({ $0.magnitude < 1 << 48 }) else { return false }
        switch (tag, numbers.count) {
        case (0x44, 1): append(day: numbers[0], to: &text)
        case (0x45, 4): text.append("P\(numbers[0])M\(numbers[1])DT\(numbers[2])S and \(numbers[3]) ns")
        case (0x46, 3), (0x49, 3):
            append(seconds: numbers[0] + (tag == 0x49 ? numbers[2] : 0), nanoseconds: numbers[1], to: &text)
            text.append(isoOffset: numbers[2])
        case (0x54, 2):
            append(nanosecondsOfDay: numbers[0], to: &text)
            text.append(isoOffset: numbers[1])
        case (0x64, 2): append(seconds: numbers[0], nanoseconds: numbers[1], to: &text)
        case (0x74, 1): append(nanosecondsOfDay: numbers[0], to: &text)
        default: return false
        }
        return true
    }

    private static func append(day: Int64, to text: inout [UInt8]) {
        // The calendar's own bounds, far beyond any date of a source.
        guard day.magnitude < 3_000_000_000 else { return text.append("day \(day)") }
        text.append(iso: CivilDate(daysSince1970: day))
    }

    private static func append(seconds: Int64, nanoseconds: Int64, to text: inout [UInt8]) {
        let second = ((seconds % 86_400) + 86_400) % 86_400
        append(day: (seconds - second) / 86_400, to: &text)
        text.append(literal: "T")
        append(nanosecondsOfDay: second * 1_000_000_000 + nanoseconds, to: &text)
    }

    private static func append(nanosecondsOfDay nanoseconds: Int64, to text: inout [UInt8]) {
        text.append(isoTime: nanoseconds / 1000)
        if nanoseconds % 1000 != 0 { text.append(" and \(nanoseconds % 1000) ns") }
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
}

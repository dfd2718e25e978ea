internal import Change
internal import Wire

/// Values from and to their text, which is PostgreSQL's text of their type.
enum ExpressionText {
    /// How many bytes a text that an expression builds may have.
    static let bytesMax = 64 << 20

    /// The value that a text stands for; nil where it is not of the type.
    static func read(_ text: Span<UInt8>, as type: ValueType) -> Scalar? {
        switch type {
        case .unknown, .text, .label, .opaque: .text(bytes(text))
        case .boolean: boolean(text).map { .boolean($0) }
        case .integer: ExactNumber(text).flatMap { $0.isInteger ? .number($0) : nil }
        case .decimal: ExactNumber(text).map { .number($0) }
        case .double: double(text).map { .double($0) }
        case .bytes: isHexadecimal(text) ? .text(lowercasedASCII(text)) : nil
        case .date: (try? DateTimeText.date(text)).map { .moment($0) }
        case .time: (try? DateTimeText.time(text)).map { .time($0) }
        case .timestamp(let hasZone): timestamp(text, hasZone: hasZone).map { .moment($0) }
        case .uuid: uuid(text).map { .text($0) }
        case .json: JSONScanner.isValid(text) ? .text(bytes(text)) : nil
        case .dynamic: try? Scalar(element: text)
        }
    }

    /// Appends the text of a value that is not null.
    static func append(_ value: Scalar, as type: ValueType, to text: inout [UInt8]) {
        switch value {
        case .null: break
        case .boolean(let flag): text.append(UInt8(ascii: flag ? "t" : "f"))
        case .number(let number): number.append(to: &text)
        case .double(let number): append(number, to: &text)
        case .text(let bytes): text.append(contentsOf: bytes)
        case .time(let microseconds): text.append(isoTime: microseconds)
        case .moment(let moment): append(moment, as: type, to: &text)
        case .bson(let value): text.append(contentsOf: value.bytes)
        }
    }

    /// Appends a value as keys and templates have it: see `DataType.appendText(of:to:)`.
    static func appendPlain(
        _ value: Scalar, as type: ValueType, to text: inout [UInt8]
    ) throws(EvaluationError) {
        switch type {
        case .dynamic:
            do {
                try DynamicText.append(value, to: &text)
            } catch {
                throw .notA(type.inWords)
            }
        case .boolean, .bytes, .date, .timestamp, .opaque:
            var cell: [UInt8] = []
            append(value, as: type, to: &cell)
            do {
                try type.dataType.appendText(of: cell.span, to: &text)
            } catch {
                throw .notA(type.inWords)
            }
        case .unknown, .integer, .decimal, .double, .text, .label, .time, .uuid, .json:
            append(value, as: type, to: &text)
        }
    }

    private static func append(_ moment: TimePoint, as type: ValueType, to text: inout [UInt8]) {
        switch moment {
        case .infinity: text.append(literal: "infinity")
        case .negativeInfinity: text.append(literal: "-infinity")
        case .at(let number):
            let dayLength: Int128 = 86_400_000_000
            let days = type == .date ? number : number.floorDivided(by: dayLength)
            let time = type == .date ? nil : Int64(number - days * dayLength)
            append(CivilDate(daysSince1970: Int64(days)), time: time, to: &text)
            if type == .timestamp(hasZone: true) { insertZone(to: &text) }
        }
    }

    private static func append(_ date: CivilDate, time: Int64?, to text: inout [UInt8]) {
        let isBeforeChrist = date.year < 1
        text.append(decimal: (isBeforeChrist ? 1 - date.year : date.year).magnitude, width: 4)
        text.append(UInt8(ascii: "-"))
        text.append(decimal: date.month.magnitude, width: 2)
        text.append(UInt8(ascii: "-"))
        text.append(decimal: date.day.magnitude, width: 2)
        if let time {
            text.append(UInt8(ascii: " "))
            text.append(isoTime: time)
        }
        if isBeforeChrist { text.append(literal: " BC") }
    }

    /// The zone stands before the era.
    private static func insertZone(to text: inout [UInt8]) {
        let isBeforeChrist = text.last == UInt8(ascii: "C")
        if isBeforeChrist { text.removeLast(3) }
        text.append(literal: "+00")
        if isBeforeChrist { text.append(literal: " BC") }
    }

    /// The shortest text that reads back as the same number, in PostgreSQL's spelling.
    private static func append(_ number: Double, to text: inout [UInt8]) {
        guard number.isFinite else {
            return text.append(literal: number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity")
        }
        text.append(number.description.hasSuffix(".0") ? String(number.description.dropLast(2)) : number.description)
    }

    private static func boolean(_ text: Span<UInt8>) -> Bool? {
        if text.isEqual(to: "t") || text.isEqual(to: "true") { return true }
        return text.isEqual(to: "f") || text.isEqual(to: "false") ? false : nil
    }

    private static func double(_ text: Span<UInt8>) -> Double? {
        if let special = ExactNumber(text), !special.isFinite { return special.double }
        guard DecimalText(text) != nil else { return nil }
        return Double(String(decoding: text))
    }

    /// A timestamp of its own, or a date alone at its midnight; one with a zone may say it, and else is in UTC.
    private static func timestamp(_ text: Span<UInt8>, hasZone: Bool) -> TimePoint? {
        if let moment = try? DateTimeText.timestamp(text, hasZone: hasZone) { return moment }
        if hasZone, let moment = try? DateTimeText.timestamp(text, hasZone: false) { return moment }
        if let day = try? DateTimeText.date(text) { return day.midnight }
        guard let spaced = spaced(text) else { return nil }
        if let moment = try? DateTimeText.timestamp(spaced.span, hasZone: hasZone) { return moment }
        return hasZone ? try? DateTimeText.timestamp(spaced.span, hasZone: false) : nil
    }

    /// ISO 8601's `T` and `Z` in PostgreSQL's spelling; nil where there is nothing to respell.
    private static func spaced(_ text: Span<UInt8>) -> [UInt8]? {
        var respelled = bytes(text)
        let mark = respelled.firstIndex(of: UInt8(ascii: "T"))
        let isUTC = respelled.last == UInt8(ascii: "Z")
        guard mark != nil || isUTC else { return nil }
        if let mark { respelled[mark] = UInt8(ascii: " ") }
        if isUTC {
            respelled.removeLast()
            respelled.append(literal: "+00")
        }
        return respelled
    }

    private static func uuid(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count == 36 else { return nil }
        for index in text.indices {
            let isDash = index == 8 || index == 13 || index == 18 || index == 23
            guard isDash ? text[index] == UInt8(ascii: "-") : Hex.value(of: text[index]) != nil else { return nil }
        }
        return lowercasedASCII(text)
    }

    private static func isHexadecimal(_ text: Span<UInt8>) -> Bool {
        guard text.count >= 2, text.count.isMultiple(of: 2), text[0] == UInt8(ascii: "\\"), text[1] == UInt8(ascii: "x")
        else { return false }
        for index in 2..<text.count where Hex.value(of: text[index]) == nil { return false }
        return true
    }

    private static func lowercasedASCII(_ text: Span<UInt8>) -> [UInt8] {
        bytes(text).map { ($0 &- UInt8(ascii: "A")) < 26 ? $0 | 0x20 : $0 }
    }

    static func bytes(_ text: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(text)
        return bytes
    }
}

extension ExactNumber {
    /// Whether the number is whole, whatever its scale.
    fileprivate var isInteger: Bool {
        if case .finite(_, scale: 0) = self { return true }
        if case .long(let text) = self { return !text.contains(UInt8(ascii: ".")) }
        return false
    }
}

extension Int128 {
    func floorDivided(by divisor: Int128) -> Int128 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

extension TimePoint {
    /// The first microsecond of a day.
    var midnight: TimePoint {
        guard case .at(let days) = self else { return self }
        return .at(days * 86_400_000_000)
    }

    /// The day of a moment in microseconds.
    var day: TimePoint {
        guard case .at(let microseconds) = self else { return self }
        return .at(microseconds.floorDivided(by: 86_400_000_000))
    }
}

/// The fields of a date, a time or both, as PostgreSQL writes them with `DateStyle = ISO`:
/// `2026-01-02 03:04:05.678901+00`, with ` BC` after it for years before 1.
public struct DateTimeText: Sendable {
    public private(set) var date = CivilDate(year: 1970, month: 1, day: 1)
    /// Microseconds since midnight; the whole of 24:00:00 in a time that says so.
    public private(set) var microseconds: Int64 = 0
    /// How far the zone's clocks are ahead of UTC, in seconds.
    public private(set) var offsetSeconds: Int64 = 0
    /// How many bytes the date and time take, without zone and era.
    private var bodyLength = 0
    private var timeStart = 0

    private init() {}

    private static let dayMicroseconds: Int64 = 86_400_000_000

    /// Which end of the axis the text names, if it does.
    @inline(__always)
    static func end(_ text: Span<UInt8>) -> TimePoint? {
        guard text.count > 0, text[text.count - 1] == UInt8(ascii: "y") else { return nil }
        if text.isEqual(to: "infinity") { return .infinity }
        return text.isEqual(to: "-infinity") ? .negativeInfinity : nil
    }
}

// Reading.
extension DateTimeText {
    /// Days since 1970-01-01 of a `date`.
    public static func date(_ text: Span<UInt8>) throws(WireError) -> TimePoint {
        if let end = end(text) { return end }
        return .at(Int128(try fields(date: text).date.daysSince1970))
    }

    /// Microseconds since 1970-01-01 00:00:00 of a `timestamp` or, in UTC, of a `timestamptz`.
    public static func timestamp(_ text: Span<UInt8>, hasZone: Bool) throws(WireError) -> TimePoint {
        if let end = end(text) { return end }
        let fields = try fields(timestamp: text, hasZone: hasZone)
        let midnight = Int128(fields.date.daysSince1970) * Int128(dayMicroseconds)
        return .at(midnight + Int128(fields.microseconds - fields.offsetSeconds * 1_000_000))
    }

    /// Microseconds since midnight of a `time`; 24:00:00 is kept.
    public static func time(_ text: Span<UInt8>) throws(WireError) -> Int64 {
        try fields(time: text, hasZone: false).microseconds
    }

    /// The fields of a `timetz`.
    public static func timeWithZone(_ text: Span<UInt8>) throws(WireError) -> DateTimeText {
        try fields(time: text, hasZone: true)
    }

    private static func fields(date text: Span<UInt8>) throws(WireError) -> DateTimeText {
        var cursor = TextCursor(text, readingA: "date")
        var fields = DateTimeText()
        try fields.readDate(&cursor)
        fields.bodyLength = cursor.offset
        try fields.readEra(&cursor)
        try cursor.end()
        return fields
    }

    private static func fields(timestamp text: Span<UInt8>, hasZone: Bool) throws(WireError) -> DateTimeText {
        var cursor = TextCursor(text, readingA: "timestamp")
        var fields = DateTimeText()
        try fields.readDate(&cursor)
        try cursor.expect(UInt8(ascii: " "))
        fields.timeStart = cursor.offset
        try fields.readTime(&cursor)
        fields.bodyLength = cursor.offset
        if hasZone { try fields.readZone(&cursor) }
        try fields.readEra(&cursor)
        try cursor.end()
        return fields
    }

    private static func fields(time text: Span<UInt8>, hasZone: Bool) throws(WireError) -> DateTimeText {
        var cursor = TextCursor(text, readingA: "time")
        var fields = DateTimeText()
        try fields.readTime(&cursor)
        fields.bodyLength = cursor.offset
        if hasZone { try fields.readZone(&cursor) }
        try cursor.end()
        return fields
    }

    private mutating func readDate(_ cursor: inout TextCursor) throws(WireError) {
        date.year = try cursor.digits(atLeast: 4, atMost: 7)
        try cursor.expect(UInt8(ascii: "-"))
        date.month = try cursor.digits(atLeast: 2, atMost: 2)
        try cursor.expect(UInt8(ascii: "-"))
        date.day = try cursor.digits(atLeast: 2, atMost: 2)
    }

    /// Reads the era, after which the date is known and checked.
    private mutating func readEra(_ cursor: inout TextCursor) throws(WireError) {
        guard date.year > 0 else { throw cursor.malformed }
        if cursor.skip(UInt8(ascii: " ")) {
            try cursor.expect(UInt8(ascii: "B"))
            try cursor.expect(UInt8(ascii: "C"))
            date.year = 1 - date.year
        }
        guard date.isValid else { throw cursor.malformed }
    }

    private mutating func readTime(_ cursor: inout TextCursor) throws(WireError) {
        let hours = try cursor.digits(atLeast: 2, atMost: 2)
        try cursor.expect(UInt8(ascii: ":"))
        let minutes = try cursor.digits(atLeast: 2, atMost: 2)
        try cursor.expect(UInt8(ascii: ":"))
        let seconds = try cursor.digits(atLeast: 2, atMost: 2)
        microseconds = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + (try cursor.fraction())
        guard minutes < 60, seconds < 60, microseconds <= Self.dayMicroseconds else { throw cursor.malformed }
    }

    private mutating func readZone(_ cursor: inout TextCursor) throws(WireError) {
        let isBehind = cursor.skip(UInt8(ascii: "-"))
        if !isBehind { try cursor.expect(UInt8(ascii: "+")) }
        let hours = try cursor.digits(atLeast: 2, atMost: 2)
        let minutes = cursor.skip(UInt8(ascii: ":")) ? try cursor.digits(atLeast: 2, atMost: 2) : 0
        let seconds = cursor.skip(UInt8(ascii: ":")) ? try cursor.digits(atLeast: 2, atMost: 2) : 0
        guard hours < 16, minutes < 60, seconds < 60 else { throw cursor.malformed }
        let ahead = (hours * 60 + minutes) * 60 + seconds
        offsetSeconds = isBehind ? -ahead : ahead
    }
}

// Writing as ISO 8601.
extension DateTimeText {
    static func append(isoDate text: Span<UInt8>, to output: inout [UInt8]) throws(WireError) {
        if end(text) == nil {
            let fields = try fields(date: text)
            if !fields.hasPlainYear { return output.append(iso: fields.date) }
        }
        output.append(text)
    }

    static func append(isoTimestamp text: Span<UInt8>, hasZone: Bool, to output: inout [UInt8]) throws(WireError) {
        if let length = PlainTimestamp.bodyLength(text, hasZone: hasZone) {
            output.append(text.extracting(0..<10))
            output.append(UInt8(ascii: "T"))
            output.append(text.extracting(11..<length))
            if hasZone { output.append(UInt8(ascii: "Z")) }
            return
        }
        if end(text) != nil { return output.append(text) }
        let fields = try fields(timestamp: text, hasZone: hasZone)
        if fields.hasPlainYear, fields.offsetSeconds == 0 {
            output.append(text.extracting(0..<fields.timeStart - 1))
            output.append(UInt8(ascii: "T"))
            output.append(text.extracting(fields.timeStart..<fields.bodyLength))
        } else if fields.offsetSeconds == 0 {
            output.append(iso: fields.date)
            output.append(UInt8(ascii: "T"))
            output.append(text.extracting(fields.timeStart..<fields.bodyLength))
        } else if case .at(let moment) = try timestamp(text, hasZone: hasZone) {
            output.append(isoTimestamp: moment)
        }
        if hasZone { output.append(UInt8(ascii: "Z")) }
    }

    static func append(isoTimeWithZone text: Span<UInt8>, to output: inout [UInt8]) throws(WireError) {
        let fields = try fields(time: text, hasZone: true)
        output.append(text.extracting(0..<fields.bodyLength))
        output.append(isoOffset: fields.offsetSeconds)
    }

    private var hasPlainYear: Bool { (0...9999).contains(date.year) && date.year > 0 }
}

/// A span of time in the three units that do not convert into one another: a month has no fixed number of days, and a
/// day no fixed number of microseconds.
public struct Interval: Hashable, Sendable {
    public var months: Int32
    public var days: Int32
    public var microseconds: Int64

    public init(months: Int32, days: Int32, microseconds: Int64) {
        self.months = months
        self.days = days
        self.microseconds = microseconds
    }

    /// The ends of the axis, represented as PostgreSQL 17 and later do.
    public static let infinity = Interval(months: .max, days: .max, microseconds: .max)
    public static let negativeInfinity = Interval(months: .min, days: .min, microseconds: .min)
}

extension Interval {
    /// Reads ISO 8601 as PostgreSQL writes it with `IntervalStyle = iso_8601`: `P1Y2M-3DT4H5M6.7S`; each number may
    /// have a sign of its own.
    public init(iso8601 text: Span<UInt8>) throws(WireError) {
        switch DateTimeText.end(text) {
        case .infinity: self = .infinity
        case .negativeInfinity: self = .negativeInfinity
        default:
            var cursor = TextCursor(text, readingA: "interval")
            self = Interval(months: 0, days: 0, microseconds: 0)
            try read(&cursor)
        }
    }

    private mutating func read(_ cursor: inout TextCursor) throws(WireError) {
        try cursor.expect(UInt8(ascii: "P"))
        var isTime = false
        var parts = 0
        while !cursor.isAtEnd {
            if !isTime, cursor.skip(UInt8(ascii: "T")) {
                isTime = true
                if cursor.isAtEnd { throw cursor.malformed }
            }
            try readPart(&cursor, isTime: isTime)
            parts += 1
        }
        guard parts > 0 else { throw cursor.malformed }
    }

    private mutating func readPart(_ cursor: inout TextCursor, isTime: Bool) throws(WireError) {
        let isNegative = cursor.skip(UInt8(ascii: "-"))
        let whole = try cursor.digits(atLeast: 1, atMost: 18)
        let fraction = isTime ? try cursor.fraction() : 0
        let sign: Int64 = isNegative ? -1 : 1
        guard let unit = cursor.next, cursor.skip(unit) else { throw cursor.malformed }
        guard fraction == 0 || unit == UInt8(ascii: "S") else { throw cursor.malformed }
        switch (unit, isTime) {
        case (UInt8(ascii: "Y"), false): try add(sign * whole, times: 12, to: \.months, cursor)
        case (UInt8(ascii: "M"), false): try add(sign * whole, times: 1, to: \.months, cursor)
        case (UInt8(ascii: "W"), false): try add(sign * whole, times: 7, to: \.days, cursor)
        case (UInt8(ascii: "D"), false): try add(sign * whole, times: 1, to: \.days, cursor)
        case (UInt8(ascii: "H"), true): try add(sign * whole, times: 3_600_000_000, to: \.microseconds, cursor)
        case (UInt8(ascii: "M"), true): try add(sign * whole, times: 60_000_000, to: \.microseconds, cursor)
        case (UInt8(ascii: "S"), true):
            try add(sign * fraction, times: 1, to: \.microseconds, cursor)
            try add(sign * whole, times: 1_000_000, to: \.microseconds, cursor)
        default: throw cursor.malformed
        }
    }

    private mutating func add<Number: FixedWidthInteger>(
        _ count: Int64, times unit: Int64, to field: WritableKeyPath<Interval, Number>, _ cursor: borrowing TextCursor
    ) throws(WireError) {
        let (product, isTooLarge) = count.multipliedReportingOverflow(by: unit)
        guard !isTooLarge, let addend = Number(exactly: product) else { throw cursor.malformed }
        let (sum, isTooLargeToo) = self[keyPath: field].addingReportingOverflow(addend)
        guard !isTooLargeToo else { throw cursor.malformed }
        self[keyPath: field] = sum
    }
}

extension Interval {
    /// The length by which PostgreSQL orders intervals, in microseconds: a month counts thirty days, a day twenty-four
    /// hours. Intervals of one length can differ in their units.
    public var span: Int128 {
        (Int128(months) * 30 + Int128(days)) * 86_400_000_000 + Int128(microseconds)
    }
}

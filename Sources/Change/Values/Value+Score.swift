internal import Wire

extension Value {
    /// The value as a number to sort by, or nil where a double cannot carry it.
    ///
    /// - Booleans are 0 and 1.
    /// - Integers are themselves where a double holds them exactly: all up to 2^53, and some beyond.
    /// - Floating-point numbers are themselves, unless they are NaN or infinite.
    /// - Decimals and money are the nearest double where at most fifteen digits are significant: from such a double
    ///   the decimal can be read back, and no two of them share one.
    /// - Dates, timestamps and times are milliseconds, since 1970 or midnight, with the microseconds as their fraction:
    ///   exact to the millisecond up to 2^53, and to the microsecond where that can be read back (years 1831 to 2109).
    ///   A timestamp whose microseconds would be lost has no score.
    /// - Everything else has no score, and neither have the ends of time.
    public var score: Double? {
        switch self {
        case .boolean(let isTrue): isTrue ? 1 : 0
        case .integer(let number): Double(exactly: number)
        case .unsigned(let number): Double(exactly: number)
        case .float32(let number): number.isFinite ? Double(number) : nil
        case .float64(let number): number.isFinite ? number : nil
        case .decimal(let number): Self.score(number)
        case .date(let day): day.finite.flatMap { Double(exactly: $0 * 86_400_000) }
        case .time(let microseconds): Self.milliseconds(Int128(microseconds))
        case .timestamp(let moment), .timestampWithZone(let moment): moment.finite.flatMap(Self.milliseconds)
        default: nil
        }
    }

    private static func score(_ number: ExactDecimal) -> Double? {
        guard number.isFinite, number.precision <= 15 else { return nil }
        let nearest = number.nearestDouble
        // Beyond the normal range a double has fewer than fifteen digits.
        return number.isZero || nearest.isNormal ? nearest : nil
    }

    private static func milliseconds(_ microseconds: Int128) -> Double? {
        if microseconds.isMultiple(of: 1000) { return Double(exactly: microseconds / 1000) }
        guard let whole = Double(exactly: microseconds) else { return nil }
        let milliseconds = whole / 1000
        // Neighbouring doubles less than a microsecond apart: no two moments share one.
        return milliseconds.ulp < 0.001 ? milliseconds : nil
    }
}

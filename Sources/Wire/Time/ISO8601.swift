/// Dates and times in ISO 8601.
///
/// Years outside 1...9999 are written in the expanded form, with a sign and at least six digits. Year 0 is 1 BC, so
/// `0044-03-15 BC` becomes `-000043-03-15`, and `10000-01-01` becomes `+010000-01-01`: the form that JavaScript and
/// Java read. The two ends of time are `infinity` and `-infinity`.
extension [UInt8] {
    /// Appends a day.
    public mutating func append(iso date: CivilDate) {
        if date.year > 9999 || date.year < 1 {
            append(UInt8(ascii: date.year > 9999 ? "+" : "-"))
            append(decimal: date.year.magnitude, width: 6)
        } else {
            append(decimal: date.year.magnitude, width: 4)
        }
        append(UInt8(ascii: "-"))
        append(decimal: date.month.magnitude, width: 2)
        append(UInt8(ascii: "-"))
        append(decimal: date.day.magnitude, width: 2)
    }

    /// Appends a time of day: `03:04:05.678901`, with no more of the fraction than there is.
    public mutating func append(isoTime microseconds: Int64) {
        let seconds = microseconds.magnitude / 1_000_000
        append(decimal: seconds / 3600, width: 2)
        append(UInt8(ascii: ":"))
        append(decimal: seconds / 60 % 60, width: 2)
        append(UInt8(ascii: ":"))
        append(decimal: seconds % 60, width: 2)
        let fraction = microseconds.magnitude % 1_000_000
        guard fraction > 0 else { return }
        append(UInt8(ascii: "."))
        append(decimal: fraction, width: 6)
        while last == UInt8(ascii: "0") { removeLast() }
    }

    /// Appends the moment that stands this many microseconds after 1970-01-01T00:00:00, without a zone.
    ///
    /// - Precondition: the moment is within ten million years of 1970.
    public mutating func append(isoTimestamp microseconds: some FixedWidthInteger & SignedInteger) {
        let (quotient, remainder) = Int128(microseconds).quotientAndRemainder(dividingBy: 86_400_000_000)
        let isBefore = remainder < 0
        append(iso: CivilDate(daysSince1970: Int64(quotient) - (isBefore ? 1 : 0)))
        append(UInt8(ascii: "T"))
        append(isoTime: Int64(isBefore ? remainder + 86_400_000_000 : remainder))
    }

    /// Appends a zone's offset: `Z`, `+02:00`, `-15:59:59`.
    public mutating func append(isoOffset seconds: Int64) {
        guard seconds != 0 else { return append(UInt8(ascii: "Z")) }
        append(UInt8(ascii: seconds < 0 ? "-" : "+"))
        append(decimal: seconds.magnitude / 3600, width: 2)
        append(UInt8(ascii: ":"))
        append(decimal: seconds.magnitude / 60 % 60, width: 2)
        guard !seconds.magnitude.isMultiple(of: 60) else { return }
        append(UInt8(ascii: ":"))
        append(decimal: seconds.magnitude % 60, width: 2)
    }

    /// Appends the text of a PostgreSQL `date` in ISO 8601.
    public mutating func append(isoDateOf text: Span<UInt8>) throws(WireError) {
        try DateTimeText.append(isoDate: text, to: &self)
    }

    /// Appends the text of a PostgreSQL `timestamp`, or of a `timestamptz` as the instant in UTC with `Z` after it.
    public mutating func append(isoTimestampOf text: Span<UInt8>, hasZone: Bool) throws(WireError) {
        try DateTimeText.append(isoTimestamp: text, hasZone: hasZone, to: &self)
    }

    /// Appends the text of a PostgreSQL `timetz` in ISO 8601.
    public mutating func append(isoTimeWithZoneOf text: Span<UInt8>) throws(WireError) {
        try DateTimeText.append(isoTimeWithZone: text, to: &self)
    }
}

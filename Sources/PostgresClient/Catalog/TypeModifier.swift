internal import Change

/// Reads type modifiers of built-in types, as `format_type` does (`format_type.c`, `timestamp.c`, `numeric.c`).
enum TypeModifier {
    /// The name of a type with its modifier; the plain name where the type takes none.
    static func name(of oid: UInt32, named name: String, modifier: Int32) -> String {
        guard modifier >= 0 else { return withoutModifier(oid) ?? name }
        switch oid {
        case character where modifier >= header, varying where modifier >= header:
            return "\(name)(\(modifier - header))"
        case bit, bitVarying: return "\(name)(\(modifier))"
        case numeric:
            guard case .decimal(let precision?, let scale?) = decimal(modifier: modifier) else { return name }
            return "numeric(\(precision),\(scale))"
        case time, timestamp, timeWithZone, timestampWithZone:
            // The precision stands after the first word: time(3) without time zone.
            guard let space = name.firstIndex(of: " ") else { return name }
            return "\(name[..<space])(\(modifier))\(name[space...])"
        case interval: return "interval" + intervalSuffix(modifier)
        default: return name
        }
    }

    /// The meaning of numeric with a modifier. The scale may be negative from PostgreSQL 15 on.
    static func decimal(modifier: Int32) -> DataType {
        guard modifier >= header else { return .decimal(precision: nil, scale: nil) }
        let bits = modifier - header
        return .decimal(precision: Int(bits >> 16 & 0xFFFF), scale: Int((bits & 0x7FF ^ 1024) - 1024))
    }

    /// Names that mean something else with no modifier than with the one that is left out: `character` is `character(1)`.
    private static func withoutModifier(_ oid: UInt32) -> String? {
        switch oid {
        case character: "bpchar"
        case bit: "\"bit\""
        default: nil
        }
    }

    private static func intervalSuffix(_ modifier: Int32) -> String {
        let fields = modifier >> 16 & 0x7FFF
        let precision = modifier & 0xFFFF
        return (intervalFields[fields] ?? "") + (precision == 0xFFFF ? "" : "(\(precision))")
    }

    /// Bit masks of the fields that an interval is restricted to.
    private static let intervalFields: [Int32: String] = {
        let month: Int32 = 1 << 1, year: Int32 = 1 << 2, day: Int32 = 1 << 3
        let hour: Int32 = 1 << 10, minute: Int32 = 1 << 11, second: Int32 = 1 << 12
        return [
            year: " year", month: " month", day: " day", hour: " hour", minute: " minute", second: " second",
            year | month: " year to month", day | hour: " day to hour", day | hour | minute: " day to minute",
            day | hour | minute | second: " day to second", hour | minute: " hour to minute",
            hour | minute | second: " hour to second", minute | second: " minute to second",
        ]
    }()

    /// The length of a varlena header, which modifiers of lengths include.
    private static let header: Int32 = 4
    private static let character: UInt32 = 1042
    private static let varying: UInt32 = 1043
    private static let time: UInt32 = 1083
    private static let timestamp: UInt32 = 1114
    private static let timestampWithZone: UInt32 = 1184
    private static let interval: UInt32 = 1186
    private static let timeWithZone: UInt32 = 1266
    private static let bit: UInt32 = 1560
    private static let bitVarying: UInt32 = 1562
    private static let numeric: UInt32 = 1700
}

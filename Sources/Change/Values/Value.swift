public import Wire

/// A decoded cell: exact, whatever the type, for expressions, comparisons, scores and tests.
///
/// The encoders do not make values; they go from a cell's bytes straight to the sink's form. Equality is identity: the
/// same kind and the same value, with NaN equal to itself and text compared byte by byte. Expressions compare by
/// ``order(to:)``, where 1 and 1.0 are equal too.
public enum Value: Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case unsigned(UInt64)
    /// A single-precision number; it compares as the double that it is exactly.
    case float32(Float)
    case float64(Double)
    /// A `numeric`, or an amount of money.
    case decimal(ExactDecimal)
    /// Text, or the label of an enumeration.
    case text(String)
    case bytes([UInt8])
    /// Days since 1970-01-01.
    case date(TimePoint)
    /// Microseconds since midnight; 24:00:00 is a time of its own.
    case time(Int64)
    /// Microseconds since midnight by clocks that are `offset` seconds ahead of UTC.
    case timeWithZone(Int64, offset: Int64)
    /// Microseconds since 1970-01-01 00:00:00 by a calendar without a zone.
    case timestamp(TimePoint)
    /// Microseconds since 1970-01-01 00:00:00 UTC.
    case timestampWithZone(TimePoint)
    case interval(Interval)
    case uuid(UInt128)
    /// JSON exactly as the source wrote it.
    case json(String)
    /// A string of zeros and ones.
    case bits(String)
    case array(ArrayValue)
    /// The fields in the order of the type.
    case composite([Value])
    case range(RangeValue)
    case multirange([RangeValue])
    /// A BSON value for which no other case is exact: documents, arrays, ObjectIds and what only BSON has.
    case bson(BSONCopy)
    /// The source's own text of a type that Millrace carries unread.
    case other(String)

    public var isNull: Bool {
        if case .null = self { true } else { false }
    }
}

extension Value: Equatable {
    public static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.boolean(let left), .boolean(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.unsigned(let left), .unsigned(let right)): left == right
        case (.float32(let left), .float32(let right)): left == right || left.isNaN && right.isNaN
        case (.float64(let left), .float64(let right)): left == right || left.isNaN && right.isNaN
        case (.decimal(let left), .decimal(let right)): left == right
        case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
        case (.bytes(let left), .bytes(let right)): left == right
        case (.date(let left), .date(let right)): left == right
        case (.time(let left), .time(let right)): left == right
        case (.timeWithZone(let left, let leftOffset), .timeWithZone(let right, let rightOffset)):
            left == right && leftOffset == rightOffset
        case (.timestamp(let left), .timestamp(let right)): left == right
        case (.timestampWithZone(let left), .timestampWithZone(let right)): left == right
        case (.interval(let left), .interval(let right)): left == right
        case (.uuid(let left), .uuid(let right)): left == right
        case (.json(let left), .json(let right)): left.utf8.elementsEqual(right.utf8)
        case (.bits(let left), .bits(let right)): left.utf8.elementsEqual(right.utf8)
        case (.array(let left), .array(let right)): left == right
        case (.composite(let left), .composite(let right)): left == right
        case (.range(let left), .range(let right)): left == right
        case (.multirange(let left), .multirange(let right)): left == right
        case (.bson(let left), .bson(let right)): left == right
        case (.other(let left), .other(let right)): left.utf8.elementsEqual(right.utf8)
        default: false
        }
    }
}

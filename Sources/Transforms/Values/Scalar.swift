internal import Change
internal import Wire

/// The value of an expression for one row; what it means is known from its ``ValueType``.
enum Scalar: Sendable {
    case null
    case boolean(Bool)
    case number(ExactNumber)
    case double(Double)
    /// Text, and every type that is held as its text.
    case text([UInt8])
    /// Days since 1970 of a date; microseconds of a timestamp.
    case moment(TimePoint)
    /// Microseconds since midnight.
    case time(Int64)
    /// A BSON value that none of the others stands for: documents, arrays, ObjectIds and the like.
    case bson(BSONCopy)

    var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// True, false, or unknown.
    var truth: Bool? {
        if case .boolean(let flag) = self { flag } else { nil }
    }
}

extension Scalar {
    /// The order of two values of one type, neither of them null: -1, 0 or 1. Texts go by their bytes.
    ///
    /// Values of documents may be of different kinds: those are never equal, and the server's order of kinds decides.
    static func compare(_ left: Scalar, _ right: Scalar) -> Int {
        switch (left, right) {
        case (.text(let a), .text(let b)): compareBytes(a.span, b.span)
        case (.number(let a), .number(let b)): ExactNumber.compare(a, b)
        case (.double(let a), .double(let b)): compareDoubles(a, b)
        case (.moment(let a), .moment(let b)): a == b ? 0 : a < b ? -1 : 1
        case (.time(let a), .time(let b)): a == b ? 0 : a < b ? -1 : 1
        case (.boolean(let a), .boolean(let b)): a == b ? 0 : b ? -1 : 1
        default: compareKinds(left, right)
        }
    }

    static func compareBytes(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Int {
        for index in 0..<min(left.count, right.count) where left[index] != right[index] {
            return left[index] < right[index] ? -1 : 1
        }
        return (left.count - right.count).signum()
    }

    /// PostgreSQL's order: NaN equals itself and is above infinity; both zeros are equal.
    private static func compareDoubles(_ left: Double, _ right: Double) -> Int {
        if left.isNaN || right.isNaN { return (left.isNaN ? 1 : 0) - (right.isNaN ? 1 : 0) }
        return left == right ? 0 : left < right ? -1 : 1
    }
}

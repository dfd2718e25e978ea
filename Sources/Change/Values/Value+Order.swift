internal import Wire

extension Value {
    /// How two values relate.
    public enum Order: Sendable {
        case less, equal, greater
    }

    /// How the value relates to another one, as expressions compare them; nil where either is null or the two kinds
    /// have no common order.
    ///
    /// Numbers of every kind compare exactly with one another, and NaN is equal to itself and greater than the rest, as
    /// in PostgreSQL. Dates and timestamps compare as moments, a date being its midnight and a zone-less timestamp
    /// being UTC; times with a zone by their instant and then by the zone. Intervals count thirty days to a month. Text,
    /// bytes and bit strings compare byte by byte, whatever the source's collation; a text compares with every kind
    /// that has no order of its own by its text. BSON values of one kind compare as the server compares them.
    public func order(to other: Value) -> Order? {
        if isNumeric, other.isNumeric { return numericOrder(to: other) }
        switch (self, other) {
        case (.boolean(let left), .boolean(let right)): return Order(left ? 1 : 0, right ? 1 : 0)
        case (.bytes(let left), .bytes(let right)): return Order(lexicographic: left, right)
        case (.time(let left), .time(let right)): return Order(left, right)
        case (.timeWithZone(let left, let leftOffset), .timeWithZone(let right, let rightOffset)):
            let instants = Order(left - leftOffset * 1_000_000, right - rightOffset * 1_000_000)
            return instants == .equal ? Order(-leftOffset, -rightOffset) : instants
        case (.interval(let left), .interval(let right)): return Order(left.span, right.span)
        case (.uuid(let left), .uuid(let right)): return Order(left, right)
        case (.composite(let left), .composite(let right)): return Self.order(of: left, to: right)
        case (.array(let left), .array(let right)): return Self.order(of: left.elements, to: right.elements)
        case (.bson(let left), .bson(let right)):
            return left.type.rank == right.type.rank ? Order(left.order(to: right), 0) : nil
        default: break
        }
        if let moment, let otherMoment = other.moment { return Order(moment, otherMoment) }
        if let plainText, let otherText = other.plainText { return Order(lexicographic: plainText, otherText) }
        return nil
    }

    private static func order(of left: [Value], to right: [Value]) -> Order? {
        for (left, right) in zip(left, right) {
            guard let order = left.order(to: right) else { return nil }
            if order != .equal { return order }
        }
        return Order(left.count, right.count)
    }

    /// The place on the axis of time in microseconds, wide enough for every date.
    private var moment: TimePoint? {
        switch self {
        case .date(.at(let day)): .at(day * 86_400_000_000)
        case .date(let point), .timestamp(let point), .timestampWithZone(let point): point
        default: nil
        }
    }

    private var plainText: String.UTF8View? {
        switch self {
        case .text(let text), .json(let text), .bits(let text), .other(let text): text.utf8
        default: nil
        }
    }
}

extension Value.Order {
    init<Number: Comparable>(_ left: Number, _ right: Number) {
        self = left == right ? .equal : left < right ? .less : .greater
    }

    init(lexicographic left: some Sequence<UInt8>, _ right: some Sequence<UInt8>) {
        if left.elementsEqual(right) {
            self = .equal
        } else {
            self = left.lexicographicallyPrecedes(right) ? .less : .greater
        }
    }
}

// Numbers.
extension Value {
    private var isNumeric: Bool {
        switch self {
        case .integer, .unsigned, .float32, .float64, .decimal: true
        default: false
        }
    }

    private func numericOrder(to other: Value) -> Order {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): Order(left, right)
        case (.unsigned(let left), .unsigned(let right)): Order(left, right)
        case (.decimal(let left), .decimal(let right)): Order(left, right)
        default:
            if let left = double, let right = other.double {
                Self.order(left, right)
            } else if let left = wholeNumber, let right = other.wholeNumber {
                Order(left, right)
            } else {
                Order(exactDecimal, other.exactDecimal)
            }
        }
    }

    private var double: Double? {
        switch self {
        case .float32(let number): Double(number)
        case .float64(let number): number
        default: nil
        }
    }

    private var wholeNumber: Int128? {
        switch self {
        case .integer(let number): Int128(number)
        case .unsigned(let number): Int128(number)
        default: nil
        }
    }

    private var exactDecimal: ExactDecimal {
        switch self {
        case .integer(let number): ExactDecimal(number)
        case .unsigned(let number): ExactDecimal(number)
        case .decimal(let number): number
        default: ExactDecimal(exactly: double ?? .nan)
        }
    }

    private static func order(_ left: Double, _ right: Double) -> Order {
        if left.isNaN || right.isNaN { return Order(left.isNaN ? 1 : 0, right.isNaN ? 1 : 0) }
        return Order(left, right)
    }
}

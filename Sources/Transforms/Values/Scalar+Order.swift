internal import Change
internal import Wire

// How values out of documents compare.
extension Scalar {
    /// The order of two values: nil where one is null, or the two are of different kinds. Numbers of every type compare
    /// exactly.
    ///
    /// - Parameter readsText: whether a text stands for what the other value is: a date, a UUID or an ObjectId.
    static func order(_ left: Scalar, _ right: Scalar, readsText: Bool) -> Int? {
        if left.isNull || right.isNull { return nil }
        if left.rank == right.rank { return compare(left, right) }
        guard readsText else { return nil }
        if case .text(let text) = left { return right.reading(text).map { compare($0, right) } }
        if case .text(let text) = right { return left.reading(text).map { compare(left, $0) } }
        return nil
    }

    /// The order of two values of different Swift cases: by kind as the server orders them, and exactly among numbers.
    static func compareKinds(_ left: Scalar, _ right: Scalar) -> Int {
        switch (left, right) {
        case (.number(let a), .double(let b)): compare(a, b)
        case (.double(let a), .number(let b)): -compare(b, a)
        case (.bson(let a), .bson(let b)) where a.type.rank == b.type.rank: a.order(to: b).signum()
        default: (left.rank - right.rank).signum()
        }
    }

    private static func compare(_ number: ExactNumber, _ double: Double) -> Int {
        if let whole = number.int64, double.isFinite, whole.magnitude < 1 << 53 {
            let exact = Double(whole)
            return exact == double ? 0 : exact < double ? -1 : 1
        }
        var text: [UInt8] = []
        text.append(decimal: ExactDecimal(exactly: double))
        return ExactNumber.compare(number, ExactNumber(text.span) ?? .notANumber)
    }

    /// The value's kind, by its place in the server's order.
    private var rank: Int {
        switch self {
        case .null: Int(BSONType.null.rank)
        case .number, .double: Int(BSONType.double.rank)
        case .text, .time: Int(BSONType.string.rank)
        case .boolean: Int(BSONType.boolean.rank)
        case .moment: Int(BSONType.date.rank)
        case .bson(let value): Int(value.type.rank)
        }
    }

    /// A text as a value of this one's kind.
    private func reading(_ text: [UInt8]) -> Scalar? {
        switch self {
        case .moment: ExpressionText.read(text.span, as: .timestamp(hasZone: true))
        case .bson(let value) where value.type == .objectID: Scalar(objectID: text)
        case .bson(let value) where value.type == .binary: Scalar(uuid: text)
        default: nil
        }
    }
}

/// The kinds of values that a calculation can ask for.
enum DynamicKind: Sendable {
    case boolean
    case number
    case text
    case moment

    func contains(_ value: Scalar) -> Bool {
        switch (self, value) {
        case (.boolean, .boolean), (.number, .number), (.number, .double), (.text, .text), (.moment, .moment): true
        default: false
        }
    }
}

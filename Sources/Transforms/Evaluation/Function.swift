internal import Change
internal import Wire

/// The functions that expressions know. A null argument makes the result null, unless a function says otherwise.
enum Function: Sendable {
    case lower
    case upper
    /// Takes blanks off both ends, the start or the end.
    case trim(start: Bool, end: Bool)
    /// In characters.
    case length
    /// The texts of its arguments, nulls left out; never null.
    case concat([ValueType])
    case substring
    case left
    case right
    case replace
    case startsWith
    case endsWith
    case round(ExactNumber.Rounding)
    case abs
    /// Null where both arguments are equal, else the first.
    case nullIf
    /// The greatest or least of those that are not null.
    case extreme(greatest: Bool)
    /// The ObjectId that twenty-four hexadecimal digits name.
    case objectID
    /// A document with these fields, null where a value is null.
    case object([[UInt8]])
    /// Whole units since 1970.
    case epoch(ValueType, unitsPerSecond: Int64)

    func value(of arguments: [Program], _ row: Row) throws(EvaluationError) -> Scalar {
        var values: [Scalar] = []
        for argument in arguments { values.append(try argument.evaluate(row)) }
        switch self {
        case .concat(let types): return try Self.concat(values, types)
        case .object(let names): return try Self.object(names, values)
        case .nullIf:
            guard !values[0].isNull, !values[1].isNull else { return values[0] }
            return Scalar.compare(values[0], values[1]) == 0 ? .null : values[0]
        case .extreme(let greatest):
            let known = values.filter { !$0.isNull }
            let extreme = known.dropFirst().reduce(known.first) { best, value in
                guard let best else { return value }
                return (Scalar.compare(value, best) > 0) == greatest ? value : best
            }
            return extreme ?? .null
        default:
            guard !values.contains(where: \.isNull) else { return .null }
            return try strict(values)
        }
    }

    /// The functions that are null for a null argument.
    private func strict(_ values: [Scalar]) throws(EvaluationError) -> Scalar {
        switch (self, values[0]) {
        case (.lower, .text(let text)): return .text(Array(String(decoding: text, as: UTF8.self).lowercased().utf8))
        case (.upper, .text(let text)): return .text(Array(String(decoding: text, as: UTF8.self).uppercased().utf8))
        case (.trim(let start, let end), .text(let text)): return .text(Self.trimmed(text, start: start, end: end))
        case (.length, .text(let text)): return .number(ExactNumber(TextCharacters.count(text)))
        case (.substring, .text(let text)):
            return .text(try TextCharacters.substring(text, from: values[1], count: values.count > 2 ? values[2] : nil))
        case (.left, .text(let text)): return .text(TextCharacters.left(text, values[1].clampedInteger))
        case (.right, .text(let text)): return .text(TextCharacters.right(text, values[1].clampedInteger))
        case (.replace, .text(let text)): return .text(try Self.replaced(text, values[1].bytes, by: values[2].bytes))
        case (.startsWith, .text(let text)): return .boolean(text.starts(with: values[1].bytes))
        case (.endsWith, .text(let text)): return .boolean(text.reversed().starts(with: values[1].bytes.reversed()))
        case (.round(let rounding), .number(let number)):
            let digits = values.count > 1 ? values[1].clampedInteger : 0
            guard (0...38).contains(digits) else { throw .outOfRange("number of digits between 0 and 38") }
            return .number(try number.rounded(rounding, digits: digits))
        case (.round(let rounding), .double(let number)) where values.count > 1 && number.isFinite:
            // A double out of a document: rounded as the digits that name it.
            var text: [UInt8] = []
            ExpressionText.append(values[0], as: .double, to: &text)
            guard let exact = ExactNumber(text.span) else { throw .tooManyDigits }
            return .double(try exact.rounded(rounding, digits: values[1].clampedInteger).double)
        case (.round(let rounding), .double(let number)): return .double(number.rounded(rounding.floatingPointRule))
        case (.objectID, .text(let text)):
            guard let value = Scalar(objectID: text) else { throw .notA("ObjectId") }
            return value
        case (.abs, .number(let number)): return .number(number.isNegative ? number.negated : number)
        case (.abs, .double(let number)): return .double(number.magnitude)
        case (.epoch(let type, let units), .moment(let moment)):
            let instant = type == .date ? moment.midnight : moment
            guard let microseconds = instant.finite else { throw .outOfRange("integer") }
            return .number(.finite(microseconds.floorDivided(by: Int128(1_000_000 / units)), scale: 0))
        default: preconditionFailure("a function gets arguments of the types that were checked")
        }
    }

    private static func concat(_ values: [Scalar], _ types: [ValueType]) throws(EvaluationError) -> Scalar {
        var text: [UInt8] = []
        for (value, type) in zip(values, types) where !value.isNull {
            try ExpressionText.appendPlain(value, as: type, to: &text)
            guard text.count <= ExpressionText.bytesMax else { throw .tooLong }
        }
        return .text(text)
    }

    private static func object(_ names: [[UInt8]], _ values: [Scalar]) throws(EvaluationError) -> Scalar {
        var document: [UInt8] = []
        let start = document.beginBSON()
        for (name, value) in zip(names, values) {
            var element: [UInt8] = []
            try value.append(elementTo: &element)
            document.append(element[0])
            document.append(contentsOf: name)
            document.append(contentsOf: element[1...])
        }
        document.endBSON(from: start)
        return .bson(BSONCopy(type: .document, bytes: document))
    }

    private static func trimmed(_ text: [UInt8], start: Bool, end: Bool) -> [UInt8] {
        var text = text[...]
        if start { text = text.drop { $0 == UInt8(ascii: " ") } }
        while end, text.last == UInt8(ascii: " ") { text.removeLast() }
        return Array(text)
    }

    private static func replaced(
        _ text: [UInt8], _ wanted: [UInt8], by other: [UInt8]
    ) throws(EvaluationError) -> [UInt8] {
        guard let first = wanted.first else { return text }
        var result: [UInt8] = []
        var index = 0
        while index < text.count {
            if text[index] == first, text[index...].starts(with: wanted) {
                result += other
                index += wanted.count
                guard result.count <= ExpressionText.bytesMax else { throw .tooLong }
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }
}

extension ExactNumber.Rounding {
    fileprivate var floatingPointRule: FloatingPointRoundingRule {
        switch self {
        case .nearest: .toNearestOrEven
        case .down: .down
        case .up: .up
        }
    }
}

extension Scalar {
    /// A whole number, brought into the bounds of what positions and counts can be.
    var clampedInteger: Int {
        guard case .number(let number) = self else { return 0 }
        return number.int64.map { Int($0.clamped) } ?? (number.isNegative ? -Int(Int32.max) : Int(Int32.max))
    }

    fileprivate var bytes: [UInt8] {
        if case .text(let bytes) = self { bytes } else { [] }
    }
}

extension Int64 {
    fileprivate var clamped: Int64 { Swift.min(Swift.max(self, -Int64(Int32.max)), Int64(Int32.max)) }
}

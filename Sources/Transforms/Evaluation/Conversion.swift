internal import Wire

/// Casts from one type to another.
enum Conversion {
    /// Whether values of a type can be cast to another at all; a text still may not be of the type it is cast to.
    static func isPossible(from: ValueType, to: ValueType) -> Bool {
        switch (from, to) {
        case _ where from == to, (_, .text), (.unknown, _): true
        case (.dynamic, .opaque), (.dynamic, .label): false
        case (.dynamic, _): true
        case (_, .dynamic): true
        case (.text, .opaque), (.label, .opaque): false
        case (.text, _), (.label, _), (.json, _): true
        case (.integer, .decimal), (.integer, .double), (.decimal, .integer), (.decimal, .double),
            (.double, .integer), (.double, .decimal), (.boolean, .integer):
            true
        case (.date, .timestamp), (.timestamp, .date), (.timestamp, .time), (.timestamp, .timestamp): true
        default: false
        }
    }

    static func convert(_ value: Scalar, from: ValueType, to: ValueType) throws(EvaluationError) -> Scalar {
        guard !value.isNull, from != to else { return value }
        if to == .dynamic { return dynamic(value, from: from) }
        if from == .dynamic { return try convert(dynamic: value, to: to) }
        if to == .text {
            var text: [UInt8] = []
            try ExpressionText.appendPlain(value, as: from, to: &text)
            return .text(text)
        }
        switch value {
        case .null: return .null
        case .text(let text): return try read(text, as: to)
        case .number(let number): return try convert(number, to: to)
        case .double(let number): return try convert(number, to: to)
        case .boolean(let flag): return .number(ExactNumber(flag ? 1 : 0))
        case .moment(let moment): return try convert(moment, from: from, to: to)
        case .time, .bson: return value
        }
    }

    /// A value as documents have it: dates are their midnights, binary values and UUIDs what they stand for.
    private static func dynamic(_ value: Scalar, from: ValueType) -> Scalar {
        switch (from, value) {
        case (.date, .moment(let day)): .moment(day.midnight)
        case (.uuid, .text(let text)): Scalar(uuid: text) ?? value
        case (.bytes, .text(let text)): Scalar(bytea: text) ?? value
        case (.time, .time(let microseconds)): .text(DynamicText.time(microseconds))
        default: value
        }
    }

    /// A value out of a document as another type: by what it is, and of a text by what it says.
    private static func convert(dynamic value: Scalar, to type: ValueType) throws(EvaluationError) -> Scalar {
        switch (value, type) {
        case (_, .text):
            var text: [UInt8] = []
            try ExpressionText.appendPlain(value, as: .dynamic, to: &text)
            return .text(text)
        case (_, .json):
            var text: [UInt8] = []
            do {
                try DynamicText.append(json: value, to: &text)
            } catch {
                throw .notA(type.inWords)
            }
            return .text(text)
        case (.text(let text), _): return try read(text, as: type)
        case (.boolean, .boolean): return value
        case (.boolean(let flag), .integer): return .number(ExactNumber(flag ? 1 : 0))
        case (.number(let number), .integer), (.number(let number), .decimal), (.number(let number), .double):
            return try convert(number, to: type)
        case (.double, .double): return value
        case (.double(let number), .integer), (.double(let number), .decimal): return try convert(number, to: type)
        case (.moment(let moment), .timestamp), (.moment(let moment), .date), (.moment(let moment), .time):
            return try convert(moment, from: .timestamp(hasZone: true), to: type)
        case (.bson(let copy), .uuid):
            guard let text = copy.uuidText else { throw .notA(type.inWords) }
            return .text(text)
        default: throw .notA(type.inWords)
        }
    }

    /// The value of a text, blanks around it passed over.
    static func read(_ text: [UInt8], as type: ValueType) throws(EvaluationError) -> Scalar {
        let blank = UInt8(ascii: " ")
        let start = text.firstIndex { $0 != blank } ?? text.endIndex
        let end = text.lastIndex { $0 != blank }.map { $0 + 1 } ?? start
        guard let value = ExpressionText.read(text.span.extracting(start..<end), as: type) else {
            throw .notA(type.inWords)
        }
        return value
    }

    private static func convert(_ number: ExactNumber, to type: ValueType) throws(EvaluationError) -> Scalar {
        switch type {
        case .double: return .double(number.double)
        case .integer:
            guard number.isFinite else { throw .outOfRange("integer") }
            return .number(try number.rounded(.nearest, digits: 0))
        default: return .number(number)
        }
    }

    private static func convert(_ number: Double, to type: ValueType) throws(EvaluationError) -> Scalar {
        var text: [UInt8] = []
        let rounded = type == .integer ? number.rounded(.toNearestOrEven) : number
        guard type == .decimal || rounded.isFinite else { throw .outOfRange("integer") }
        ExpressionText.append(.double(rounded), as: .double, to: &text)
        guard let exact = ExactNumber(text.span) else { throw .outOfRange(type.inWords) }
        return .number(exact)
    }

    private static func convert(
        _ moment: TimePoint, from: ValueType, to: ValueType
    ) throws(EvaluationError) -> Scalar {
        switch (from, to) {
        case (.date, .timestamp): return .moment(moment.midnight)
        case (_, .date): return .moment(moment.day)
        case (_, .time):
            guard let microseconds = moment.finite, case .at(let day) = moment.day else { throw .outOfRange("time") }
            return .time(Int64(microseconds - day * 86_400_000_000))
        default: return .moment(moment)
        }
    }
}

public import Wire

extension Value {
    /// Decodes the text form of a type; see ``Row`` for what that form is.
    public init(parsing text: Span<UInt8>, as type: DataType) throws(WireError) {
        switch type {
        case .boolean: self = .boolean(try BooleanText.isTrue(text))
        case .int16, .int32, .int64: self = .integer(try NumberText.integer(text))
        case .uint32, .uint64: self = .unsigned(try NumberText.unsigned(text))
        case .float32: self = .float32(try Self.float(text))
        case .float64: self = .float64(try Self.float(text))
        case .decimal: self = .decimal(try ExactDecimal(parsing: text))
        case .money: self = .decimal(try Self.amount(text))
        case .text, .enumeration: self = .text(try String(exactly: text))
        case .bytes: self = .bytes(try ByteaText.bytes(text))
        case .date: self = .date(try DateTimeText.date(text))
        case .time: self = .time(try DateTimeText.time(text))
        case .timeWithZone:
            let fields = try DateTimeText.timeWithZone(text)
            self = .timeWithZone(fields.microseconds, offset: fields.offsetSeconds)
        case .timestamp: self = .timestamp(try DateTimeText.timestamp(text, hasZone: false))
        case .timestampWithZone: self = .timestampWithZone(try DateTimeText.timestamp(text, hasZone: true))
        case .interval: self = .interval(try Interval(iso8601: text))
        case .uuid: self = .uuid(try UUIDText.number(text))
        case .json: self = .json(try String(exactly: text))
        case .bits: self = .bits(try String(exactly: text))
        case .array(let element): self = .array(try Self.array(text, of: element))
        case .composite(let fields): self = .composite(try Self.composite(text, fields))
        case .range(let bound): self = .range(try Self.range(RangeLiteral(text), in: text, of: bound))
        case .multirange(let bound): self = .multirange(try Self.multirange(text, of: bound))
        case .bson: self = try Value(BSONElement(text).value)
        case .network, .other: self = .other(try String(exactly: text))
        }
    }

    /// Decodes the text form of a type.
    public init(parsing text: String, as type: DataType) throws(WireError) {
        try self.init(parsing: text.utf8.span, as: type)
    }

    private static func float<Number: BinaryFloatingPoint & LosslessStringConvertible>(
        _ text: Span<UInt8>
    ) throws(WireError) -> Number {
        if text.isEqual(to: "NaN") { return .nan }
        if text.isEqual(to: "Infinity") { return .infinity }
        if text.isEqual(to: "-Infinity") { return -.infinity }
        guard NumberText.isJSONNumber(text), let number = Number(String(decoding: text)), number.isFinite else {
            throw .malformed("floating-point number")
        }
        return number
    }

    private static func amount(_ text: Span<UInt8>) throws(WireError) -> ExactDecimal {
        var amount: [UInt8] = []
        try MoneyText.append(amountOf: text, to: &amount)
        return try ExactDecimal(parsing: amount.span)
    }
}

// Values made of values.
extension Value {
    /// Decodes an item of a literal, resolving its escapes first.
    private init(_ item: LiteralItem, of text: Span<UInt8>, as type: DataType) throws(WireError) {
        if item.isEscaped {
            let resolved = text.unescaped(item)
            try self.init(parsing: resolved.span, as: type)
        } else {
            try self.init(parsing: text.extracting(item.range), as: type)
        }
    }

    private static func array(_ text: Span<UInt8>, of type: DataType) throws(WireError) -> ArrayValue {
        var literal = try ArrayLiteral(text)
        let lowerBounds = literal.lowerBounds
        var shape = ArrayShape()
        var elements: [Value] = []
        while let token = try literal.next() {
            switch token {
            case .open: try shape.open()
            case .close: try shape.close()
            case .null:
                try shape.addElement()
                elements.append(.null)
            case .element(let item):
                try shape.addElement()
                elements.append(try Value(item, of: text, as: type))
            }
        }
        let lengths = elements.isEmpty ? [] : shape.lengths
        guard lowerBounds.isEmpty || lowerBounds.count == lengths.count, !elements.isEmpty || shape.depthMax == 1 else {
            throw .malformed("array")
        }
        return ArrayValue(
            lengths: lengths,
            lowerBounds: lowerBounds.isEmpty ? Array(repeating: 1, count: lengths.count) : lowerBounds,
            elements: elements)
    }

    private static func composite(_ text: Span<UInt8>, _ fields: [DataType.Field]) throws(WireError) -> [Value] {
        var literal = try CompositeLiteral(text)
        var values: [Value] = []
        while let field = try literal.next() {
            guard values.count < max(1, fields.count) else {
                throw .malformed("composite with more fields than its type")
            }
            switch field {
            case .null: values.append(.null)
            case .value(let item):
                guard values.count < fields.count else {
                    throw .malformed("composite with more fields than its type")
                }
                values.append(try Value(item, of: text, as: fields[values.count].type))
            }
        }
        if fields.isEmpty { return [] }
        guard values.count == fields.count else { throw .malformed("composite with fewer fields than its type") }
        return values
    }

    private static func range(
        _ literal: RangeLiteral, in text: Span<UInt8>, of type: DataType
    ) throws(WireError) -> RangeValue {
        if literal.isEmpty { return .empty }
        var lower: Value?
        var upper: Value?
        if let item = literal.lower { lower = try Value(item, of: text, as: type) }
        if let item = literal.upper { upper = try Value(item, of: text, as: type) }
        return .bounds(
            lower: lower, upper: upper, includesLower: literal.includesLower, includesUpper: literal.includesUpper)
    }

    private static func multirange(_ text: Span<UInt8>, of type: DataType) throws(WireError) -> [RangeValue] {
        var literal = try MultirangeLiteral(text)
        var ranges: [RangeValue] = []
        while let range = try literal.next() { ranges.append(try Self.range(range, in: text, of: type)) }
        return ranges
    }
}

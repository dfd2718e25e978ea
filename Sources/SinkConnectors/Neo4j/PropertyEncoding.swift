internal import BoltCodec
internal import Change
internal import Wire

/// Writes cells as properties.
struct PropertyEncoding: Sendable {
    var decimals: Neo4jMappingOptions.Decimals
    var unfit: Neo4jMappingOptions.Unfit
    /// Whether times with a zone are counted in UTC, or in local time with an offset, which here is zero.
    var countsInUTC: Bool

    /// Whether a property is the text that a cell has in a sink's key, or the integer that it says.
    static func keepsKeyText(_ type: DataType, _ options: Neo4jMappingOptions) -> Bool {
        switch type {
        case .text, .uuid, .enumeration, .network, .bits, .json, .other, .uint64, .composite, .range, .multirange,
            .bson,
            .int16, .int32, .int64, .uint32:
            true
        case .decimal, .money: options.decimals == .text
        case .boolean, .float32, .float64, .bytes, .date, .time, .timeWithZone, .timestamp, .timestampWithZone,
            .interval,
            .array:
            false
        }
    }

    private enum Failure: Error {
        case unfit
        case notText
        case wire
    }

    /// Appends a cell with a value.
    func append(
        _ cell: Span<UInt8>, of type: DataType, column: String, to writer: inout PackStreamWriter
    ) throws(GraphProblem) {
        let start = writer.bytes.count
        do throws(Failure) {
            try append(cell, type, &writer)
        } catch {
            writer.truncate(to: start)
            switch error {
            case .wire: throw .malformed(column: column)
            case .notText: throw .notText(column: column)
            case .unfit:
                guard unfit == .text else { throw .unfit(column: column) }
                do throws(Failure) {
                    try append(textOf: cell, type, &writer)
                } catch {
                    throw error == .notText ? .notText(column: column) : .malformed(column: column)
                }
            }
        }
    }

    private func append(_ cell: Span<UInt8>, _ type: DataType, _ writer: inout PackStreamWriter) throws(Failure) {
        switch type {
        case .text, .uuid, .enumeration, .network, .bits, .json, .other:
            guard UTF8Text.isValid(cell) else { throw .notText }
            writer.append(text: cell)
        case .uint64, .composite, .range, .multirange: try append(textOf: cell, type, &writer)
        case .decimal where decimals == .text, .money where decimals == .text: try append(textOf: cell, type, &writer)
        default: try append(try Self.value(cell, type), &writer)
        }
    }

    private static func value(_ cell: Span<UInt8>, _ type: DataType) throws(Failure) -> Value {
        do {
            return try Value(parsing: cell, as: type)
        } catch {
            throw .wire
        }
    }

    /// What the column's type gives for text, or JSON of what has none.
    private func append(
        textOf cell: Span<UInt8>, _ type: DataType, _ writer: inout PackStreamWriter
    ) throws(Failure) {
        var text: [UInt8] = []
        do {
            try type.appendText(of: cell, to: &text)
        } catch {
            throw .wire
        }
        guard UTF8Text.isValid(text.span) else { throw .notText }
        writer.append(text: text.span)
    }

    private func append(_ value: Value, _ writer: inout PackStreamWriter) throws(Failure) {
        switch value {
        case .boolean(let flag): writer.append(flag)
        case .integer(let number): writer.append(number)
        case .unsigned(let number):
            guard let signed = Int64(exactly: number) else { throw .unfit }
            writer.append(signed)
        case .float32(let number): writer.append(Double(number))
        case .float64(let number): writer.append(number)
        case .decimal(let number) where decimals == .float: writer.append(number.nearestDouble)
        case .text(let text): writer.append(text)
        case .bytes(let data): writer.append(raw: data.span)
        case .date(let point):
            guard let days = point.finite.flatMap({ Int64(exactly: $0) }) else { throw .unfit }
            writer.beginStructure(0x44, fields: 1)
            writer.append(days)
        case .time(let microseconds):
            // Midnight at the end of a day is no time there.
            guard microseconds < 86_400_000_000 else { throw .unfit }
            writer.beginStructure(0x74, fields: 1)
            writer.append(microseconds * 1000)
        case .timeWithZone(let microseconds, let offset):
            guard microseconds < 86_400_000_000 else { throw .unfit }
            writer.beginStructure(0x54, fields: 2)
            writer.append(microseconds * 1000)
            writer.append(offset)
        case .timestamp(let point): try append(point, tag: 0x64, isZoned: false, &writer)
        case .timestampWithZone(let point):
            try append(point, tag: countsInUTC ? 0x49 : 0x46, isZoned: true, &writer)
        case .interval(let interval):
            guard interval != .infinity, interval != .negativeInfinity else { throw .unfit }
            writer.beginStructure(0x45, fields: 4)
            writer.append(Int64(interval.months))
            writer.append(Int64(interval.days))
            let (seconds, rest) = Self.divided(Int128(interval.microseconds))
            writer.append(seconds)
            writer.append(rest)
        case .array(let array): try append(array, &writer)
        case .null, .uuid, .decimal, .json, .bits, .composite, .range, .multirange, .bson, .other: throw .unfit
        }
    }

    private func append(
        _ point: TimePoint, tag: UInt8, isZoned: Bool, _ writer: inout PackStreamWriter
    ) throws(Failure) {
        guard let microseconds = point.finite else { throw .unfit }
        let (seconds, rest) = Self.divided(microseconds)
        writer.beginStructure(tag, fields: isZoned ? 3 : 2)
        writer.append(seconds)
        writer.append(rest)
        if isZoned { writer.append(Int64(0)) }
    }

    /// Whole seconds, and the nanoseconds after them.
    private static func divided(_ microseconds: Int128) -> (Int64, Int64) {
        let second: Int128 = 1_000_000
        var (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: second)
        if rest < 0 { (seconds, rest) = (seconds - 1, rest + second) }
        return (Int64(truncatingIfNeeded: seconds), Int64(truncatingIfNeeded: rest) * 1000)
    }

    /// A list is of one dimension, of one type, and without nulls.
    private func append(_ array: ArrayValue, _ writer: inout PackStreamWriter) throws(Failure) {
        guard array.lengths.count <= 1, array.lowerBounds.allSatisfy({ $0 == 1 }) else { throw .unfit }
        writer.beginList(array.elements.count)
        for element in array.elements {
            if case .array = element { throw .unfit }
            if case .uuid = element { throw .unfit }
            try append(element, &writer)
        }
    }
}

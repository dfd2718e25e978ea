internal import Change
internal import Connector
internal import Wire

/// What one column becomes: a field whose type is the same for every row.
struct PointField: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case float
        case integer
        case unsigned
        case boolean
        case text

        /// What the server calls it.
        var serverName: String { self == .text ? "string" : rawValue }
    }

    var name: String
    /// Index into the mapping's schema.
    var column: Int
    var kind: Kind
    /// The name as it stands in a line, with its equals sign.
    var lineName: [UInt8]
    /// The same of the Boolean that says whether the field is null.
    var lineNullName: [UInt8]
    /// What the field cannot do that the column could, for people; nil where nothing is lost.
    var loss: String?

    init(name: String, column: Int, kind: Kind, loss: String? = nil) {
        self.name = name
        self.column = column
        self.kind = kind
        self.loss = loss
        lineName = LineText.name(name) + [UInt8(ascii: "=")]
        lineNullName = LineText.name(Self.nullName(name)) + [UInt8(ascii: "=")]
    }

    /// The field that says whether another is null.
    static func nullName(_ name: String) -> String { name + "_null" }

    /// The type that a column's fields have, unless a mapping says otherwise.
    static func kind(
        of type: DataType, _ options: borrowing InfluxDBMappingOptions
    ) -> (kind: Kind, loss: String?) {
        switch type {
        case .boolean: (.boolean, nil)
        case .int16, .int32, .int64, .uint32: (.integer, nil)
        case .uint64:
            switch options.unsigned {
            case .integer: (.integer, "a number over 9223372036854775807 parks its row")
            case .unsigned: (.unsigned, nil)
            case .text: (.text, nil)
            }
        case .float32, .float64: (.float, nil)
        case .decimal(let precision, _): decimal(precision, options)
        case .money: decimal(nil, options)
        default: (.text, nil)
        }
    }

    private static func decimal(
        _ precision: Int?, _ options: borrowing InfluxDBMappingOptions
    ) -> (kind: Kind, loss: String?) {
        let survives = precision.map { $0 <= 15 } ?? false
        return switch options.decimals {
        case .text: (.text, nil)
        case .float: (.float, survives ? nil : "what has more than 15 digits is rounded")
        case .auto: survives ? (.float, nil) : (.text, nil)
        }
    }
}

// MARK: Values

extension PointField {
    /// Appends a cell as the field's value; false where it is a number that is none, and nothing was appended.
    func append(
        _ cell: Span<UInt8>, of type: DataType, to line: inout [UInt8], scratch: inout [UInt8]
    ) throws(PointProblem) -> Bool {
        do throws(WireError) {
            switch kind {
            case .float: return try appendFloat(cell, type, &line, &scratch)
            case .integer, .unsigned: try appendInteger(cell, type, &line)
            case .boolean: try appendBoolean(cell, type, &line)
            case .text:
                scratch.removeAll(keepingCapacity: true)
                try type.appendText(of: cell, to: &scratch)
            }
        } catch {
            throw error == Self.unfit ? .unfit(column: name, type: kind.rawValue) : .malformed(column: name)
        }
        if kind == .text { try appendText(scratch, &line) }
        return true
    }

    /// What is well formed, and not of the field's type.
    private static let unfit = WireError.malformed("value of a field")

    private func appendFloat(
        _ cell: Span<UInt8>, _ type: DataType, _ line: inout [UInt8], _ scratch: inout [UInt8]
    ) throws(WireError) -> Bool {
        switch type {
        case .float32, .float64, .decimal:
            if NumberText.isSpecial(cell) { return false }
            guard NumberText.isJSONNumber(cell) else { throw .malformed("number") }
            // What has fewer digits than this is no infinity to anybody.
            if cell.count > 300 { try Self.requireFinite(cell) }
            line.append(cell)
        case .int16, .int32, .int64, .uint32, .uint64:
            guard NumberText.isJSONInteger(cell) else { throw .malformed("integer") }
            line.append(cell)
        case .money: try MoneyText.append(amountOf: cell, to: &line)
        default:
            scratch.removeAll(keepingCapacity: true)
            switch try Value(parsing: cell, as: type) {
            case .integer(let number): line.append(decimal: number)
            case .unsigned(let number): line.append(decimal: number)
            case .float32(let number): return Self.append(Double(number), to: &line)
            case .float64(let number): return Self.append(number, to: &line)
            case .decimal(let number): return Self.append(number.nearestDouble, to: &line)
            default: throw Self.unfit
            }
        }
        return true
    }

    private static func append(_ number: Double, to line: inout [UInt8]) -> Bool {
        guard number.isFinite else { return false }
        line.append("\(number)")
        return true
    }

    private static func requireFinite(_ cell: Span<UInt8>) throws(WireError) {
        guard try ExactDecimal(parsing: cell).nearestDouble.isFinite else { throw unfit }
    }

    private func appendInteger(
        _ cell: Span<UInt8>, _ type: DataType, _ line: inout [UInt8]
    ) throws(WireError) {
        switch type {
        case .int16, .int32, .int64, .uint32:
            guard NumberText.isJSONInteger(cell) else { throw .malformed("integer") }
            if kind == .unsigned, cell[0] == UInt8(ascii: "-") { throw Self.unfit }
            line.append(cell)
        default: try appendWhole(try Value(parsing: cell, as: type), &line)
        }
        line.append(UInt8(ascii: kind == .unsigned ? "u" : "i"))
    }

    private func appendWhole(_ value: Value, _ line: inout [UInt8]) throws(WireError) {
        switch value {
        case .integer(let number) where number >= 0 || kind == .integer: line.append(decimal: number)
        case .unsigned(let number) where kind == .unsigned || number <= UInt64(Int64.max): line.append(decimal: number)
        case .float64(let number): try appendWhole(exactly: number, &line)
        case .float32(let number): try appendWhole(exactly: Double(number), &line)
        case .decimal(let number):
            // A number that a double has exactly is whole where the double is; larger ones do not occur as integers.
            let nearest = number.nearestDouble
            guard nearest.isFinite, ExactDecimal(exactly: nearest) == number else { throw Self.unfit }
            try appendWhole(exactly: nearest, &line)
        default: throw Self.unfit
        }
    }

    private func appendWhole(exactly number: Double, _ line: inout [UInt8]) throws(WireError) {
        if kind == .unsigned {
            guard let whole = UInt64(exactly: number) else { throw Self.unfit }
            line.append(decimal: whole)
        } else {
            guard let whole = Int64(exactly: number) else { throw Self.unfit }
            line.append(decimal: whole)
        }
    }

    private func appendBoolean(
        _ cell: Span<UInt8>, _ type: DataType, _ line: inout [UInt8]
    ) throws(WireError) {
        guard case .boolean(let isTrue) = try Value(parsing: cell, as: type) else { throw Self.unfit }
        if isTrue { line.append(literal: "true") } else { line.append(literal: "false") }
    }

    private func appendText(_ text: [UInt8], _ line: inout [UInt8]) throws(PointProblem) {
        guard text.count <= PointEncoding.textBytesMax else { throw .long(column: name) }
        guard UTF8Text.isValid(text.span) else { throw .notText(column: name) }
        LineText.append(quoted: text.span, to: &line)
    }
}

internal import Change
internal import Connector
internal import Wire

/// How rows of one shape become points of one measurement.
final class InfluxDBMapping: RowMapping {
    let request: MappingRequest
    let options: InfluxDBMappingOptions
    let measurement: String
    /// In the order of their names.
    let tags: [PointTag]
    let fields: [PointField]
    /// Where a row's point stands in time; nil for events.
    let time: PointTime?
    let keyColumns: [Int]
    let neededColumns: [Int]
    /// `measurement` as it stands in a line.
    let lineMeasurement: [UInt8]
    let lineVersion: [UInt8]
    let lineDeleted: [UInt8]
    /// The instants that events have; of no use to rows.
    let instants = InstantBook()
    private let keysAreRows: Bool

    var isAppending: Bool { options.mode == .events }

    /// What an error names: the mapping and its measurement.
    var place: String { "\(request.name) (measurement \(measurement))" }

    /// - Throws: ``ConfigurationErrors`` with the place of each wrong option.
    init(_ request: MappingRequest, api: InfluxDBOptions.API) throws {
        var compiler = InfluxDBMappingCompiler(request, api: api)
        let compiled = try compiler.compile()
        self.request = request
        options = compiled.options
        measurement = compiled.measurement
        tags = compiled.tags
        fields = compiled.fields
        time = compiled.time
        lineMeasurement = LineText.measurement(measurement)
        lineVersion = LineText.name(options.versionField) + [UInt8(ascii: "=")]
        lineDeleted = LineText.name(options.deletedField) + [UInt8(ascii: "=")]
        // A point that is never looked for again needs no name: its row's own key keeps its writes in order.
        keysAreRows = !options.findsPoints && !request.schema.primaryKey.isEmpty
        let tagColumns = tags.compactMap(\.column)
        let timeColumns = (time.map { [$0.column] } ?? []) + (time?.spreadColumns ?? [])
        let key = isEvents(options) ? [] : keysAreRows ? request.schema.primaryKey : tagColumns + timeColumns
        keyColumns = Set(key).sorted()
        neededColumns = Set(key + tagColumns + timeColumns + fields.map(\.column)).sorted()
    }

    /// The point's place: the series and the time, as a line has them. Of events the measurement: an order for each.
    func appendKey(of row: Row, to key: inout [UInt8]) throws(KeyError) {
        if options.mode == .events { return try appendEventKey(of: row, to: &key) }
        if keysAreRows { return try appendRowKey(of: row, to: &key) }
        var scratch: [UInt8] = []
        do throws(PointProblem) {
            try appendSeries(of: row, to: &key, scratch: &scratch, isChecking: false)
            key.append(UInt8(ascii: " "))
            key.append(decimal: try time?.nanoseconds(of: row) ?? 0)
        } catch {
            throw keyError(error)
        }
    }

    /// Events of one row stay in order where it has a key; others are spread by all that they hold.
    private func appendEventKey(of row: Row, to key: inout [UInt8]) throws(KeyError) {
        let columns = request.schema.primaryKey.isEmpty ? Array(0..<row.count) : request.schema.primaryKey
        for column in columns {
            key.append(row.state(column).rawValue)
            key.append(row.bytes(column))
            key.append(Self.keySeparator)
        }
    }

    private func appendRowKey(of row: Row, to key: inout [UInt8]) throws(KeyError) {
        for column in request.schema.primaryKey {
            guard row.state(column) == .value else {
                let name = request.schema.columns[column].name
                throw row.state(column) == .unchanged ? .unknown(column: name) : .missing(column: name)
            }
            key.append(row.bytes(column))
            key.append(Self.keySeparator)
        }
    }

    /// Sets the parts of a key apart: a byte that no text holds.
    private static let keySeparator: UInt8 = 0xFF

    private func keyError(_ problem: PointProblem) -> KeyError {
        switch problem {
        case .unknown(let column): .unknown(column: column)
        case .noTime(let column), .emptyTag(let column): .missing(column: column)
        case .malformed(let column), .notText(let column), .oddTag(let column): .malformed(column: column)
        default: .malformed(column: time?.name ?? measurement)
        }
    }
}

private func isEvents(_ options: InfluxDBMappingOptions) -> Bool { options.mode == .events }

// MARK: Series

extension InfluxDBMapping {
    /// Appends measurement and tags of a row.
    ///
    /// - Parameters:
    ///   - event: the tags that only an event has.
    ///   - isChecking: whether a tag that cannot be written safely is refused; a key only has to be the same each time.
    func appendSeries(
        of row: Row, event: (kind: ChangeKind, instant: EventInstant)? = nil, to line: inout [UInt8],
        scratch: inout [UInt8], isChecking: Bool = true
    ) throws(PointProblem) {
        line.append(contentsOf: lineMeasurement)
        for index in tags.indices {
            scratch.removeAll(keepingCapacity: true)
            switch tags[index].source {
            case .constant(let value): scratch.append(contentsOf: value)
            case .column(let column):
                try appendText(of: row, column, isEvent: event != nil, to: &scratch)
                if isChecking { try check(scratch, column) }
            case .kind: scratch.append(literal: event?.kind.word ?? "")
            case .sequence: event?.instant.appendSequence(to: &scratch)
            }
            append(scratch, of: tags[index], to: &line)
        }
    }

    /// Appends measurement and tags as a query gave the tags' values.
    func appendSeries(ofTags values: [[UInt8]], to line: inout [UInt8]) {
        line.append(contentsOf: lineMeasurement)
        for (tag, value) in zip(tags, values) { append(value, of: tag, to: &line) }
    }

    /// The tags' values of a row, as a query would give them; empty for a tag that the point does not have.
    func tagValues(of row: Row) throws(PointProblem) -> [[UInt8]] {
        var values: [[UInt8]] = []
        for tag in tags {
            var value: [UInt8] = []
            switch tag.source {
            case .constant(let text): value = text
            case .column(let column):
                try appendText(of: row, column, isEvent: false, to: &value)
                try check(value, column)
                if options.oddTags == .replace { Self.replaceOdd(&value) }
            case .kind, .sequence: break
            }
            values.append(value)
        }
        return values
    }

    private func append(_ value: [UInt8], of tag: PointTag, to line: inout [UInt8]) {
        guard !value.isEmpty else { return }
        line.append(contentsOf: tag.lineName)
        if options.oddTags == .replace, value.span.indices.contains(where: { LineText.isOdd(value.span, at: $0) }) {
            var replaced = value
            Self.replaceOdd(&replaced)
            LineText.append(escaped: replaced.span, to: &line)
        } else {
            LineText.append(escaped: value.span, to: &line)
        }
    }

    private static func replaceOdd(_ value: inout [UInt8]) {
        let odd = value.indices.filter { LineText.isOdd(value.span, at: $0) }
        for index in odd { value[index] = UInt8(ascii: "_") }
    }

    /// Nothing is appended for null, and for what an event's change does not tell.
    private func appendText(
        of row: Row, _ column: Int, isEvent: Bool, to text: inout [UInt8]
    ) throws(PointProblem) {
        switch row.state(column) {
        case .null, .missing: return
        case .unchanged:
            if isEvent { return }
            throw .unknown(column: row.schema.columns[column].name)
        case .value:
            do {
                try row.schema.types[column].appendText(of: row.bytes(column), to: &text)
            } catch {
                throw .malformed(column: row.schema.columns[column].name)
            }
        }
    }

    private func check(_ value: [UInt8], _ column: Int) throws(PointProblem) {
        let name = request.schema.columns[column].name
        if value.isEmpty {
            guard options.emptyTags == .omit else { throw .emptyTag(column: name) }
            return
        }
        guard UTF8Text.isValid(value.span) else { throw .notText(column: name) }
        guard options.oddTags == .park else { return }
        for index in value.indices where LineText.isOdd(value.span, at: index) { throw .oddTag(column: name) }
    }
}

internal import Connector
internal import Wire

/// What one statement of a query answered: rows of values under the names of columns.
struct QueryTable: Sendable {
    var columns: [String] = []
    var rows: [[QueryCell]] = []
    /// Whether the server has left rows out.
    var isPartial = false

    /// The place of a column by name.
    func index(of column: String) -> Int? { columns.firstIndex(of: column) }

    /// The tables of a query's answer, one for each statement; the series of one follow each other in it.
    ///
    /// - Throws: ``MillraceError`` where a statement failed, or the answer is none of a query.
    static func tables(_ answer: Span<UInt8>, doing: String) throws(MillraceError) -> [QueryTable] {
        var tables: [QueryTable] = []
        var failure: String?
        do throws(WireError) {
            var reader = QueryReader(answer)
            tables = try reader.tables(failure: &failure)
        } catch {
            throw MillraceError(.sinkUnavailable, "\(doing): the answer is none of a query")
        }
        if let failure { throw InfluxDBAnswers.rejection(ofQuery: failure, doing: doing) }
        return tables
    }
}

/// Reads the answer of a query front to back.
private struct QueryReader: ~Copyable, ~Escapable {
    private let bytes: Span<UInt8>
    private var scanner: JSONScanner

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
        scanner = JSONScanner(bytes)
    }

    /// - Parameter failure: the first statement's own error, if one has one.
    @_lifetime(self: copy self)
    mutating func tables(failure: inout String?) throws(WireError) -> [QueryTable] {
        var tables: [QueryTable]?
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            guard bytes.extracting(key).isEqual(to: "results") else {
                _ = try scanner.skipValue()
                continue
            }
            var found: [QueryTable] = []
            try scanner.enterArray()
            while try scanner.nextElement() { found.append(try table(failure: &failure)) }
            tables = found
        }
        try scanner.expectEnd()
        guard let tables else { throw .malformed("answer to a query") }
        return tables
    }

    @_lifetime(self: copy self)
    private mutating func table(failure: inout String?) throws(WireError) -> QueryTable {
        var table = QueryTable()
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            let name = bytes.extracting(key)
            if name.isEqual(to: "series") {
                try scanner.enterArray()
                while try scanner.nextElement() { try series(&table) }
            } else if name.isEqual(to: "error") {
                let text = try string()
                failure = failure ?? text
            } else if name.isEqual(to: "partial") {
                table.isPartial = try scanner.readBoolean() || table.isPartial
            } else {
                _ = try scanner.skipValue()
            }
        }
        return table
    }

    @_lifetime(self: copy self)
    private mutating func series(_ table: inout QueryTable) throws(WireError) {
        let start = table.rows.count
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            let name = bytes.extracting(key)
            if name.isEqual(to: "columns") {
                table.columns = []
                try scanner.enterArray()
                while try scanner.nextElement() { table.columns.append(try string()) }
            } else if name.isEqual(to: "values") {
                try scanner.enterArray()
                while try scanner.nextElement() { table.rows.append(try row(table.columns.count)) }
            } else if name.isEqual(to: "partial") {
                table.isPartial = try scanner.readBoolean() || table.isPartial
            } else {
                _ = try scanner.skipValue()
            }
        }
        let width = table.columns.count
        guard table.rows[start...].allSatisfy({ $0.count == width }) else { throw .malformed("answer to a query") }
    }

    @_lifetime(self: copy self)
    private mutating func row(_ width: Int) throws(WireError) -> [QueryCell] {
        var row: [QueryCell] = []
        row.reserveCapacity(width)
        try scanner.enterArray()
        while try scanner.nextElement() { row.append(try cell()) }
        return row
    }

    @_lifetime(self: copy self)
    private mutating func cell() throws(WireError) -> QueryCell {
        switch try scanner.peek() {
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean(try scanner.readBoolean())
        case UInt8(ascii: "n"):
            _ = try scanner.skipValue()
            return .null
        case UInt8(ascii: "{"), UInt8(ascii: "["): throw .malformed("answer to a query")
        default: return .number(try String(exactly: bytes.extracting(try scanner.skipValue())))
        }
    }

    @_lifetime(self: copy self)
    private mutating func string() throws(WireError) -> String {
        var text: [UInt8] = []
        text.append(unescapingJSON: bytes.extracting(try scanner.readString()))
        return String(decoding: text, as: UTF8.self)
    }
}

public import Change
public import Connector
internal import Wire

/// A transform bound to the rows of one shape: compiled once per entry and schema, then only read, from any task.
public struct CompiledTransform: Sendable {
    /// The source's columns, and after them the computed, masked and digested ones.
    ///
    /// A column that replaces another bears its name too; looking a name up finds the source's. An appended column
    /// counts as part of the identity when everything it depends on is.
    public let schema: TableSchema
    /// What is written, in order.
    public let outputs: [OutputField]
    /// The source's columns that ``passes(_:)`` reads, ascending; empty where every row passes.
    public let filterColumns: [Int]

    private let source: TableSchema
    private let filter: Predicate?
    private let appended: [AppendedColumn]
    /// How long an appended cell is taken to be when room is made for it.
    private static let appendedBytesUsual = 32

    /// - Throws: everything in which the transform and the schema do not fit, with places.
    public init(spec: TransformSpec, schema source: TableSchema) throws(ConfigurationErrors) {
        let compiler = TransformCompiler(spec, schema: source)
        guard compiler.problems.isEmpty else { throw ConfigurationErrors(compiler.problems) }
        self.source = source
        appended = compiler.appended
        schema =
            compiler.appended.isEmpty
            ? source
            : TableSchema(
                id: source.id, table: source.table, columns: compiler.columns, identity: source.identity,
                primaryKey: source.primaryKey, isOpen: source.isOpen)
        outputs = compiler.outputs
        filter = compiler.filter.map { Predicate($0.program) }
        filterColumns = compiler.filter?.columns.sorted() ?? []
    }

    /// Whether nothing is appended: ``extended(_:)`` returns the row itself.
    public var isIdentity: Bool { appended.isEmpty }

    /// Whether rows are filtered at all.
    public var hasFilter: Bool { filter != nil }

    /// The source's columns that these columns of ``schema`` are made from.
    public func sourceColumns(behind columns: Set<Int>) -> Set<Int> {
        columns.reduce(into: []) { found, column in
            if column < source.columns.count {
                found.insert(column)
            } else {
                found.formUnion(appended[column - source.columns.count].columns)
            }
        }
    }

    /// The fields behind these columns of ``schema`` that no document has shown yet: what is made of them now is made of
    /// nothing, and of more once they are seen.
    public func unseenFields(behind columns: Set<Int>) -> Set<String> {
        columns.reduce(into: []) { found, column in
            if column >= source.columns.count { found.formUnion(appended[column - source.columns.count].unseen) }
        }
    }

    /// Whether a row belongs in the sink: where the condition is true, not where it is false or unknown.
    ///
    /// - Parameter row: of the source's shape, or of ``schema``'s.
    /// - Throws: ``TransformError`` where the condition has no result, as by a division by zero, or where a cell of
    ///   ``filterColumns`` is unchanged.
    public func passes(_ row: Row) throws(TransformError) -> Bool {
        guard let filter else { return true }
        do {
            return try filter.decide(row) ?? false
        } catch {
            throw TransformError("where", error)
        }
    }

    /// The row with the appended columns. A column that depends on an unchanged cell is unchanged itself.
    ///
    /// - Throws: ``TransformError`` where an expression has no result.
    public func extended(_ row: Row) throws(TransformError) -> Row {
        guard !appended.isEmpty else { return row }
        var builder = RowBuilder(
            bytesReserved: row.byteCount + appended.count * Self.appendedBytesUsual,
            slotsReserved: schema.columns.count)
        for column in source.columns.indices { builder.append(cell: column, of: row) }
        for column in appended {
            do {
                try append(column, of: row, to: &builder)
            } catch {
                throw TransformError(column.inWords, error)
            }
        }
        return builder.row(schema: schema)
    }

    private func append(
        _ column: AppendedColumn, of row: Row, to builder: inout RowBuilder
    ) throws(EvaluationError) {
        guard column.columns.allSatisfy({ row.state($0) != .unchanged }) else { return builder.appendUnchanged() }
        switch column.origin {
        case .copy: builder.append(cell: column.input, of: row)
        case .absent: builder.appendMissing()
        case .path(let path):
            switch row.state(column.input) {
            case .value: break
            case .null, .missing, .unchanged: return builder.appendMissing()
            }
            var element: [UInt8] = []
            guard try path.append(from: row.bytes(column.input), of: column.name, to: &element) else {
                return builder.appendMissing()
            }
            builder.append(element: element)
        case .pruned(let pruning):
            guard row.state(column.input) == .value else { return builder.append(cell: column.input, of: row) }
            var element: [UInt8] = []
            do {
                let value = try BSONElement(row.bytes(column.input)).value
                element.append(bsonHead: value.type)
                try pruning.append(value, to: &element)
            } catch {
                throw .malformed(column: column.name)
            }
            builder.append(element: element)
        case .expression(let program, let type):
            let value = try program.evaluate(row)
            guard !value.isNull else { return builder.appendNull() }
            if type == .dynamic {
                var element: [UInt8] = []
                try value.append(elementTo: &element)
                return builder.append(element.span)
            }
            if type == .integer, case .number(let number) = value, number.int64 == nil { throw .outOfRange("integer") }
            builder.append { text in ExpressionText.append(value, as: type, to: &text) }
        case .mask(let masking):
            let text = try plainText(of: column, in: builder)
            append(text, in: builder.slots[column.input].state, to: &builder) { masking.append($0.span, to: &$1) }
        case .digest(let digesting):
            let text = try plainText(of: column, in: builder)
            append(text, in: builder.slots[column.input].state, to: &builder) { digesting.append($0.span, to: &$1) }
        }
    }

    /// The plain text of the cell that a mask or digest is made from: it stands before in the row.
    private func plainText(of column: AppendedColumn, in builder: RowBuilder) throws(EvaluationError) -> [UInt8] {
        let slot = builder.slots[column.input]
        let start = Int(slot.offset)
        var text: [UInt8] = []
        guard slot.state == .value else { return text }
        let input = schema.columns[column.input]
        do {
            try input.type.appendText(of: builder.bytes.span.extracting(start..<start + slot.length), to: &text)
        } catch {
            throw .malformed(column: input.name)
        }
        return text
    }

    private func append(
        _ text: [UInt8], in state: CellState, to builder: inout RowBuilder, _ write: ([UInt8], inout [UInt8]) -> Void
    ) {
        switch state {
        case .value: builder.append { output in write(text, &output) }
        case .null: builder.appendNull()
        case .unchanged: builder.appendUnchanged()
        case .missing: builder.appendMissing()
        }
    }
}

extension RowBuilder {
    /// Appends an element as a cell: a null is a state and no value.
    fileprivate mutating func append(element: [UInt8]) {
        if element[0] == BSONType.null.rawValue { appendNull() } else { append(element.span) }
    }
}

internal import Change
internal import Connector
internal import Wire

/// Writes rows as the lines of a bulk request, into one buffer, without a String or an allocation per cell.
struct ElasticsearchEncoding: ~Copyable {
    /// The longest `_id` that the cluster takes, in bytes.
    static let idBytesMax = 512

    /// The lines so far.
    private(set) var body: [UInt8] = []
    private var scratch: [UInt8] = []

    init(reserving bytes: Int) {
        body.reserveCapacity(bytes)
    }

    /// Appends the lines of one write; where that is impossible, the buffer stays as it was.
    mutating func append(_ write: SinkWrite, mapping: ElasticsearchMapping) throws(RowProblem) {
        let start = body.count
        do throws(RowProblem) {
            let isDeleting = write.action == .delete && mapping.options.deletedField == nil
            try appendAction(write, mapping: mapping, isDeleting: isDeleting)
            if !isDeleting { try appendDocument(write, mapping: mapping) }
        } catch {
            body.removeSubrange(start...)
            throw error
        }
    }

    private mutating func appendAction(
        _ write: SinkWrite, mapping: ElasticsearchMapping, isDeleting: Bool
    ) throws(RowProblem) {
        if isDeleting {
            body.append(literal: #"{"delete":{"#)
        } else {
            body.append(literal: #"{"index":{"#)
        }
        try appendPlace(write.row, mapping)
        body.append(literal: #","version":"#)
        body.append(decimal: write.version.rawValue)
        body.append(literal: ",\"version_type\":\"external\"}}\n")
    }

    /// Appends where a row's document stands: the members of an action, or of what is asked for.
    private mutating func appendPlace(_ row: Row, _ mapping: ElasticsearchMapping) throws(RowProblem) {
        body.append(literal: #""_index":"#)
        try appendIndex(row, mapping)
        body.append(literal: #","_id":"#)
        try appendKeyText(row, mapping.id, named: "id", bytesMax: Self.idBytesMax)
        if let routing = mapping.routing {
            body.append(literal: #","routing":"#)
            try appendKeyText(row, routing, named: "routing", bytesMax: Int.max)
        }
    }

    /// Appends what asks for a row's document by its place, after a comma where it is not the first; where that is
    /// impossible, the buffer stays as it was.
    mutating func append(placeOf row: Row, mapping: ElasticsearchMapping) throws(RowProblem) {
        let start = body.count
        if start > 0 { body.append(UInt8(ascii: ",")) }
        body.append(UInt8(ascii: "{"))
        do throws(RowProblem) { try appendPlace(row, mapping) } catch {
            body.truncate(to: start)
            throw error
        }
        body.append(UInt8(ascii: "}"))
    }

    /// Appends the document of a write alone, without the line's end; where that is impossible, the buffer stays as it was.
    mutating func append(documentOf write: SinkWrite, mapping: ElasticsearchMapping) throws(RowProblem) {
        let start = body.count
        do throws(RowProblem) { try appendDocument(write, mapping: mapping) } catch {
            body.truncate(to: start)
            throw error
        }
        body.removeLast()
    }

    private mutating func appendIndex(_ row: Row, _ mapping: ElasticsearchMapping) throws(RowProblem) {
        scratch.removeAll(keepingCapacity: true)
        do throws(KeyError) { try mapping.index.append(row, to: &scratch) } catch { throw .key(error) }
        if case .byRow = mapping.index, let reason = IndexName.problem(with: scratch.span) {
            throw .indexName(reason)
        }
        Self.quote(scratch, to: &body)
    }

    private mutating func appendKeyText(
        _ row: Row, _ template: CompiledTemplate, named name: StaticString, bytesMax: Int
    ) throws(RowProblem) {
        scratch.removeAll(keepingCapacity: true)
        do throws(KeyError) { try template.append(row, to: &scratch) } catch { throw .key(error) }
        guard !scratch.isEmpty else { throw .emptyKey(name) }
        guard scratch.count <= bytesMax else { throw .longKey(name, bytesMax) }
        guard (try? UTF8Span(validating: scratch.span)) != nil else { throw .keyNotText(name) }
        Self.quote(scratch, to: &body)
    }

    private static func quote(_ text: [UInt8], to body: inout [UInt8]) {
        body.append(jsonString: text.span)
    }

    private mutating func appendDocument(_ write: SinkWrite, mapping: ElasticsearchMapping) throws(RowProblem) {
        body.append(UInt8(ascii: "{"))
        var separator = false
        if let deletedField = mapping.quotedDeletedField {
            body.append(contentsOf: deletedField)
            if write.action == .delete { body.append(literal: "true") } else { body.append(literal: "false") }
            separator = true
        }
        if let origin = mapping.quotedOrigin {
            if separator { body.append(UInt8(ascii: ",")) }
            body.append(contentsOf: origin)
            separator = true
        }
        for index in mapping.fields.indices {
            let column = mapping.fields[index].column
            let state = write.row.state(column)
            if state == .unchanged {
                // A deleted row says only what its identity holds; any other must be known whole.
                if write.action == .delete { continue }
                throw .unknownCell(mapping.fields[index].name)
            }
            if state == .missing { continue }
            if let refusal = mapping.fields[index].refusal { throw .refusedField(mapping.fields[index].name, refusal) }
            if separator { body.append(UInt8(ascii: ",")) }
            separator = true
            body.append(contentsOf: mapping.fields[index].quotedName)
            if state == .null {
                body.append(literal: "null")
            } else {
                try appendCell(write.row, index, mapping)
            }
        }
        body.append(literal: "}\n")
    }

    /// Appends the cell of the mapping's field at an index: a plan of its own would be copied for every cell.
    private mutating func appendCell(_ row: Row, _ index: Int, _ mapping: ElasticsearchMapping) throws(RowProblem) {
        let outcome: FieldEncoding.Outcome
        do throws(WireError) {
            outcome = try mapping.fields[index].encoding.append(
                row.bytes(mapping.fields[index].column), of: mapping.fields[index].columnType, to: &body)
        } catch {
            throw .malformed(mapping.fields[index].name)
        }
        if outcome == .special, mapping.options.specialValues == .park { throw .special(mapping.fields[index].name) }
    }
}

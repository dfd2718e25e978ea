internal import Change
internal import Connector
internal import Wire

/// Lays documents of one collection into batches as rows: the bytes once, and a slot for each top-level field.
///
/// Confined to one thread; the schemas are shared through the ``FieldTable``.
struct DocumentRows {
    let table: TableName
    private let fields: FieldTable
    private let isFixed: Bool
    private(set) var schema: TableSchema
    /// The columns' names one behind the other, where each stands, and where to find it by its hash.
    private var nameBytes: [UInt8] = []
    private var names: [Range<Int>] = []
    private var columnsByHash: [UInt64: Int] = [:]
    private var row: [CellSlot] = []

    /// - Precondition: the collection is one of the table's.
    init(_ table: TableName, in fields: FieldTable) {
        guard let schema = fields.schema(of: table) else {
            preconditionFailure("rows are made of collections that are read")
        }
        self.table = table
        self.fields = fields
        isFixed = fields.isFixed(table)
        self.schema = schema
        learn(schema)
    }

    /// Appends a row with every field of a document; returns its first slot. Its schema is ``schema`` from then on.
    ///
    /// A name that a document repeats has a column for each time.
    mutating func append(_ document: Span<UInt8>, to batch: inout ChangeBatch) throws -> UInt32 {
        let start = batch.bytes.count
        batch.bytes.append(document)
        try fill(from: document, at: start)
        guard row[0].state != .missing else { throw WireError.malformed("document without _id") }
        defer { batch.slots.append(contentsOf: row) }
        return UInt32(batch.slots.count)
    }

    /// Appends a row of which only `_id` is known, from the key of an event; returns its first slot.
    mutating func append(key document: Span<UInt8>, to batch: inout ChangeBatch) throws -> UInt32 {
        let start = batch.bytes.count
        batch.bytes.append(document)
        var elements = try BSONDocument(document).elements
        var id: CellSlot?
        while id == nil, try elements.advance() {
            if elements.name.isEqual(to: "_id") { id = Self.slot(of: elements, at: start) }
        }
        guard let id else { throw WireError.malformed("key without _id") }
        defer {
            batch.slots.append(id)
            batch.slots.append(contentsOf: repeatElement(.unchanged, count: schema.columns.count - 1))
        }
        return UInt32(batch.slots.count)
    }

    /// The index of ``schema`` among the batch's.
    func schemaIndex(in batch: inout ChangeBatch) -> UInt32 {
        if let index = batch.schemas.lastIndex(where: { $0 === schema }) { return UInt32(index) }
        batch.schemas.append(schema)
        return UInt32(batch.schemas.count - 1)
    }

    private mutating func fill(from document: Span<UInt8>, at start: Int) throws {
        row.removeAll(keepingCapacity: true)
        row.append(contentsOf: repeatElement(.missing, count: schema.columns.count))
        // Documents of one collection mostly have their fields in one order.
        var guess = 0
        var elements = try BSONDocument(document).elements
        while try elements.advance() {
            guard var column = try column(of: elements.name, guess: guess) else { continue }
            if row[column].state != .missing {
                guard let other = try columnOfRepeated(elements.name) else { continue }
                column = other
            }
            guess = column + 1
            row[column] = Self.slot(of: elements, at: start)
        }
    }

    private static func slot(of elements: borrowing BSONElements, at start: Int) -> CellSlot {
        if elements.type == .null { return .null }
        return CellSlot(offset: start + elements.range.lowerBound, length: elements.range.count)
    }

    private mutating func column(of name: Span<UInt8>, guess: Int) throws -> Int? {
        if guess < names.count, isName(of: guess, name) { return guess }
        if let column = columnsByHash[Hash64.of(name)], isName(of: column, name) { return column }
        let text = String(decoding: name)
        // Two names that hash alike are told apart here.
        if let column = schema.index(of: text) { return column }
        if isFixed { return nil }
        try grow(by: text, times: 1)
        return schema.index(of: text)
    }

    private func isName(of column: Int, _ name: Span<UInt8>) -> Bool {
        nameBytes.span.extracting(names[column]).isEqual(to: name)
    }

    /// The next free column of a name that the document has used before.
    private mutating func columnOfRepeated(_ name: Span<UInt8>) throws -> Int? {
        if isFixed { return nil }
        let text = String(decoding: name)
        let times = schema.columns.indices.count { schema.columns[$0].name == text && row[$0].state != .missing } + 1
        try grow(by: text, times: times)
        return schema.columns.indices.first { schema.columns[$0].name == text && row[$0].state == .missing }
    }

    private mutating func grow(by name: String, times: Int) throws {
        learn(try fields.schema(of: table, with: name, times: times))
        row.append(contentsOf: repeatElement(.missing, count: schema.columns.count - row.count))
    }

    private mutating func learn(_ schema: TableSchema) {
        self.schema = schema
        for column in schema.columns[names.count...] {
            let start = nameBytes.count
            nameBytes += column.name.utf8
            let hash = Hash64.of(nameBytes.span.extracting(start..<nameBytes.count))
            if columnsByHash[hash] == nil { columnsByHash[hash] = names.count }
            names.append(start..<nameBytes.count)
        }
    }
}

internal import Change
internal import Connector
internal import MongoClient
internal import Wire

/// Reads documents again by the values of some of their fields.
struct DocumentLookup: Sendable {
    private let request: LookupRequest
    /// The newest transaction that has to be visible.
    private let after: MongoTimestamp?
    /// The columns that are read; nil for whole documents.
    private let columns: Set<Int>?
    /// A row of a document without a field.
    private let blank: [CellSlot]

    /// How many bytes of documents one re-read may bring, except where it is a single one.
    private static let bytesMax = 512 << 20

    init(request: LookupRequest, after: MongoTimestamp?) {
        self.request = request
        self.after = after
        let names = request.schema.columns.map(\.name)
        // In a projection such a name would mean something else.
        let isOdd = { (column: Int) in
            names[column].isEmpty || names[column].hasPrefix("$") || names[column].contains(".")
        }
        let columns = request.wanted.flatMap { $0.contains(where: isOdd) ? nil : $0 }
        self.columns = columns
        blank = names.indices.map { columns?.contains($0) ?? true ? .missing : .unchanged }
    }

    /// The rows of each key in the shape of the request, none where the collection has no such document.
    @available(*, noasync)
    func run(on connection: MongoConnection) throws -> [[Row]] {
        let keys = try request.keys.map { key in try key.map(Self.element) }
        var found = [[Row]](repeating: [], count: keys.count)
        var bytes = 0
        for (index, key) in keys.enumerated() {
            try connection.forEachDocument(of: try command(key), on: request.schema.table.namespace) { document in
                bytes += document.bytes.count
                guard bytes <= Self.bytesMax || found.allSatisfy(\.isEmpty) else {
                    throw MillraceError(
                        .sourceRejected, "the documents of one re-read have more than \(Self.bytesMax >> 20) MB",
                        place: "\(request.schema.table)")
                }
                found[index].append(try row(of: document))
            }
        }
        return found
    }

    /// The element that a cell's text stands for: canonical Extended JSON.
    static func element(_ text: String) throws -> [UInt8] {
        guard let document = MongoConnection.document(fromJSON: "{\"\":\(text)}") else {
            throw MillraceError(.invariant, "the key of a re-read is no Extended JSON")
        }
        return Array(document[4..<document.count - 1])
    }

    /// A value is compared as a value, whatever it is: a document of operators is none.
    private func command(_ key: [[UInt8]]) throws -> BSONWriter {
        var conditions: [[UInt8]] = []
        for (part, element) in zip(request.parts, key) {
            let place = DocumentPlaceName(request.schema.columns[part.column].name, part.path)
            let values = request.meansKeyText ? try KeyTextValues.sharing(element) : [element]
            conditions.append(try place.condition(equalToAny: values))
        }
        var filter = BSONWriter()
        filter.append("$and", documents: conditions)
        var command = BSONWriter()
        command.append("find", request.schema.table.name)
        command.append("filter", document: filter.document)
        if let columns {
            command.append("projection") { projection in
                projection.append("_id", int32: 1)
                for column in columns.sorted() where request.schema.columns[column].name != "_id" {
                    projection.append(request.schema.columns[column].name, int32: 1)
                }
            }
        }
        command.append("readConcern") { concern in
            concern.append("level", "majority")
            if let after { concern.append("afterClusterTime", after) }
        }
        return command
    }

    private func row(of document: borrowing BSONDocument) throws -> Row {
        let schema = request.schema
        var batch = ChangeBatch()
        var slots = blank
        batch.bytes.append(document.bytes)
        var elements = document.elements
        while try elements.advance() {
            let name = String(decoding: elements.name)
            let column = schema.columns.indices.first {
                schema.columns[$0].name == name && slots[$0].state == blank[$0].state
            }
            guard let column else { continue }
            slots[column] =
                elements.type == .null
                ? .null : CellSlot(offset: elements.range.lowerBound, length: elements.range.count)
        }
        return Row(schema: schema, bytes: batch.bytes, slots: slots, firstSlot: 0)
    }
}

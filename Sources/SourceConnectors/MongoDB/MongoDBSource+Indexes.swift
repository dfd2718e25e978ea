internal import Change
internal import Connector
internal import MongoClient
internal import Wire

extension MongoDBSource {
    /// An index helps where it covers every document, compares as the search does, and begins with one of the fields.
    func missingIndex(on columns: [String], of table: TableName) async throws -> String? {
        let first = try await connections.ask("reading the indices of \(table)", place: "\(table)") { connection in
            var command = BSONWriter()
            command.append("listIndexes", table.name)
            var first: [String] = []
            try connection.forEachDocument(of: command, on: table.namespace) { document in
                if let field = try Self.firstField(of: document) { first.append(field) }
            }
            return first
        }
        guard !columns.contains(where: first.contains) else { return nil }
        let fields = columns.map { "\(Self.quoted($0)): 1" }.joined(separator: ", ")
        return "db.getSiblingDB(\(Self.quoted(table.namespace))).getCollection(\(Self.quoted(table.name)))"
            + ".createIndex({\(fields)});"
    }

    /// The field that an index begins with; nil for one that does not serve every search for equal values.
    private static func firstField(of index: borrowing BSONDocument) throws -> String? {
        var field: String?
        var elements = index.elements
        while try elements.advance() {
            switch elements.type {
            case .document where elements.name.isEqual(to: "key"):
                var parts = elements.value.document.elements
                guard try parts.advance() else { return nil }
                // Of the kinds that are named by a text, only this one finds equal values.
                if parts.type == .string, !parts.value.text.isEqual(to: "hashed") { return nil }
                field = String(decoding: parts.name)
            case .document where elements.name.isEqual(to: "partialFilterExpression"): return nil
            case .document where elements.name.isEqual(to: "collation"): return nil
            case .boolean where elements.name.isEqual(to: "hidden"): if elements.value.boolean { return nil }
            default: break
            }
        }
        return field
    }

    private static func quoted(_ name: String) -> String {
        var text: [UInt8] = []
        text.append(jsonString: name)
        return String(decoding: text, as: UTF8.self)
    }
}

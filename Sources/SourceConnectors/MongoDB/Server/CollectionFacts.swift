internal import Change
internal import Connector
internal import MongoClient
internal import Wire

/// What a database says about one of its collections.
struct CollectionFacts: Sendable {
    var table: TableName
    /// `collection`, `view` or `timeseries`.
    var kind: String
    var isCapped = false
    /// Whether documents are kept as they were before and after each change.
    var keepsImages = false

    /// Why the collection's changes cannot be followed; nil where they can.
    var obstacle: String? {
        if table.name.hasPrefix("system.") { return "it belongs to the server: change streams leave it out" }
        switch kind {
        case "collection": return nil
        case "view": return "it is a view: name the collection that it is made of"
        case "timeseries": return "it is a time-series collection: change streams give its buckets only"
        default: return "it is of a kind that is not known (\(kind))"
        }
    }

    /// Every collection of a database.
    @available(*, noasync)
    static func read(database: String, on connection: MongoConnection) throws -> [CollectionFacts] {
        var command = BSONWriter()
        command.append("listCollections", int32: 1)
        command.append("authorizedCollections", true)
        command.append("nameOnly", false)
        var found: [CollectionFacts] = []
        try connection.forEachDocument(of: command, on: database) { document in
            found.append(try CollectionFacts(document, in: database))
        }
        return found
    }

    /// The named collections, in order.
    ///
    /// - Throws: ``ConfigurationErrors`` that name each which does not exist, with the nearest that does.
    @available(*, noasync)
    static func find(
        _ tables: [TableName], in options: MongoDBSourceOptions, on connection: MongoConnection
    ) throws -> [CollectionFacts] {
        var found: [CollectionFacts] = []
        var problems: [Diagnostic] = []
        var databases: [String: [CollectionFacts]] = [:]
        for table in tables {
            let known = try databases[table.namespace] ?? read(database: table.namespace, on: connection)
            databases[table.namespace] = known
            if let facts = known.first(where: { $0.table == table }) {
                found.append(facts)
            } else {
                problems.append(
                    Diagnostic(
                        .error, at: options.tablesLocation, "there is no collection \(table)",
                        hint: NearestName.hint(for: table.description, among: known.map(\.table.description))))
            }
        }
        guard problems.isEmpty else { throw ConfigurationErrors(problems) }
        return found
    }
}

extension CollectionFacts {
    private init(_ document: borrowing BSONDocument, in database: String) throws {
        self.init(table: TableName(namespace: database, name: ""), kind: "")
        var elements = document.elements
        while try elements.advance() {
            switch elements.type {
            case .string where elements.name.isEqual(to: "name"): table.name = String(decoding: elements.value.text)
            case .string where elements.name.isEqual(to: "type"): kind = String(decoding: elements.value.text)
            case .document where elements.name.isEqual(to: "options"): try readOptions(elements.value.document)
            default: break
            }
        }
    }

    private mutating func readOptions(_ document: borrowing BSONDocument) throws {
        var elements = document.elements
        while try elements.advance() {
            switch elements.type {
            case .boolean where elements.name.isEqual(to: "capped"): isCapped = elements.value.boolean
            case .document where elements.name.isEqual(to: "changeStreamPreAndPostImages"):
                var settings = elements.value.document.elements
                while try settings.advance() {
                    if settings.type == .boolean, settings.name.isEqual(to: "enabled") {
                        keepsImages = settings.value.boolean
                    }
                }
            default: break
            }
        }
    }
}

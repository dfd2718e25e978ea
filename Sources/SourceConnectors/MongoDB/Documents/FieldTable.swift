internal import Change
internal import Connector
internal import Synchronization
internal import Wire

/// The top-level fields that documents of each collection have shown so far: the columns of its schema, which only grow.
///
/// Safe from any thread. A name that is new makes a new schema of the collection, as a new column does of a table.
final class FieldTable: Sendable {
    /// How many columns a collection has at the most; beyond that its field names are data.
    static let columnsMax = 1_000

    private let schemas: Mutex<[TableName: TableSchema]>
    private let fixed: Set<TableName>

    /// - Parameter fixed: by collection, the only fields that are carried.
    init(_ collections: [CollectionFacts], fixed: [TableName: [String]]) {
        var schemas: [TableName: TableSchema] = [:]
        for facts in collections {
            let names = ["_id"] + (fixed[facts.table] ?? []).filter { $0 != "_id" }
            schemas[facts.table] = Self.schema(
                facts.table, names: names, keepsImages: facts.keepsImages, isOpen: fixed[facts.table] == nil)
        }
        self.schemas = Mutex(schemas)
        self.fixed = Set(fixed.keys)
    }

    /// The newest schema of a collection; nil for one that is not read.
    func schema(of table: TableName) -> TableSchema? {
        schemas.withLock { $0[table] }
    }

    /// Whether fields without a column are left out.
    func isFixed(_ table: TableName) -> Bool { fixed.contains(table) }

    /// The newest schema of a collection, which has at least so many columns of this name: a document may repeat it.
    ///
    /// - Throws: where the collection has too many names.
    func schema(of table: TableName, with name: String, times: Int = 1) throws -> TableSchema {
        try schemas.withLock { schemas in
            guard let known = schemas[table] else {
                throw MillraceError(.invariant, "a field of a collection that is not read", place: "\(table)")
            }
            if known.columns.count(where: { $0.name == name }) >= times { return known }
            guard known.columns.count < Self.columnsMax else {
                throw MillraceError(
                    .sourceRejected,
                    "the collection's documents have more than \(Self.columnsMax) top-level field names, so that the "
                        + "names are data rather than fields: name the fields to carry in the source's `fields`",
                    place: "\(table)")
            }
            let grown = Self.schema(
                table, names: known.columns.map(\.name) + [name], keepsImages: known.identity == .full, isOpen: true)
            schemas[table] = grown
            return grown
        }
    }

    private static func schema(_ table: TableName, names: [String], keepsImages: Bool, isOpen: Bool) -> TableSchema {
        TableSchema(
            id: id(of: table), table: table,
            columns: names.map {
                Column(name: $0, type: .bson, sourceType: "bson", isIdentity: keepsImages || $0 == "_id")
            },
            identity: keepsImages ? .full : .primaryKey, primaryKey: [0], isOpen: isOpen)
    }

    /// A collection is known by its name: one that is dropped and made again goes on as an emptied one, because the
    /// stream tells of both.
    static func id(of table: TableName) -> UInt64 {
        var hash = Hash64()
        for part in [table.namespace, table.name] {
            let bytes = Array(part.utf8)
            hash.combine(bytes.span)
        }
        return hash.value
    }
}

internal import Change
internal import Connector
internal import Pipelines

/// Which tables look-ups read, and the newest version of each table that is known.
struct JoinedTables {
    /// A look-up of a route, by their places.
    struct Reader {
        /// The number among all look-ups of the sink.
        var number: Int
        var route: Int
        var lookup: Int
        /// ``Change/TableSchema/id`` of the table that it reads.
        var table: UInt64
        /// The one of the route's own table.
        var own: UInt64
    }

    private var byID: [UInt64: TableSchema]
    private let readers: [Reader]
    /// By route, the tables that its look-ups read; nil for one that the source does not have.
    private let others: [[UInt64?]]
    /// Rises when what was compiled before may have to be compiled again.
    private(set) var generation = 0
    /// By the schema's fingerprint: what its changes concern.
    var triggers: [UInt64: [MappingPlan]] = [:]

    init(tables: [TableSchema], routes: [Router.Route]) {
        byID = Dictionary(tables.map { ($0.id, $0) }) { first, _ in first }
        var readers: [Reader] = []
        for (number, route) in routes.enumerated() {
            for (index, lookup) in route.document.lookups.enumerated() {
                guard let table = tables.first(where: { $0.table == lookup.from.value }) else { continue }
                readers.append(
                    Reader(number: readers.count, route: number, lookup: index, table: table.id, own: route.tableID))
            }
        }
        self.readers = readers
        others = routes.map { route in
            route.document.lookups.map { lookup in tables.first { $0.table == lookup.from.value }?.id }
        }
    }

    var isEmpty: Bool { readers.isEmpty }

    func schema(of table: UInt64) -> TableSchema? { byID[table] }
    /// The tables that a route looks up, in the order of its look-ups.
    func others(of route: Int) -> [TableSchema?] { others[route].map { id in id.flatMap { byID[$0] } } }
    func readers(of table: UInt64) -> [Reader] { readers.filter { $0.table == table } }

    /// Takes note of a version of a table.
    ///
    /// - Returns: the tables whose mappings look it up, where the version is another than before.
    mutating func note(_ schema: TableSchema) -> Set<UInt64> {
        guard !isEmpty, let known = byID[schema.id], known.fingerprint != schema.fingerprint else { return [] }
        byID[schema.id] = schema
        triggers = [:]
        generation += 1
        return Set(readers(of: schema.id).map(\.own)).subtracting([schema.id])
    }
}

internal import Change
internal import Connector
internal import Pipelines

/// Binds the look-ups of a mapping to the tables, and refuses what could not be kept right.
struct JoinCompiler {
    private let own: TableSchema
    private var problems: [Diagnostic] = []
    private var lookups: [JoinLookup] = []
    private var added: [Column] = []

    /// - Parameter others: the tables that the look-ups read, in their order, as they are known now.
    /// - Throws: ``Connector/ConfigurationErrors`` with the place of everything that does not fit.
    static func compile(_ write: WriteDocument, own: TableSchema, others: [TableSchema?]) throws -> JoinPlan? {
        guard !write.lookups.isEmpty else { return nil }
        var compiler = JoinCompiler(own: own)
        compiler.checkOwn(write)
        for (lookup, other) in zip(write.lookups, others) { compiler.compile(lookup, of: other) }
        guard compiler.problems.isEmpty else { throw ConfigurationErrors(compiler.problems) }
        return JoinPlan(own: own, lookups: compiler.lookups, added: compiler.added)
    }

    /// - Throws: ``Connector/ConfigurationErrors`` where a mapping cannot follow what its look-ups add.
    static func check(_ mapping: any RowMapping, keyColumns: Set<Int>, of plan: JoinPlan, in write: WriteDocument)
        throws
    {
        let place = write.lookups.first?.from.location
        let names = keyColumns.filter { $0 >= plan.own.columns.count }.sorted().map { plan.schema.columns[$0].name }
        var problems: [Diagnostic] = []
        if mapping.isAppending {
            problems.append(
                Diagnostic(
                    .error, at: place,
                    "an entry that appends cannot look anything up: a change that is read again "
                        + "would be appended with other values, and a change of the other table with none of its own"))
        } else if !names.isEmpty {
            problems.append(
                Diagnostic(
                    .error, at: place,
                    "the key is made of \(names.joined(separator: ", ")), which is looked up: when it changes, nobody "
                        + "knows what it was, and what stands under it could not be found",
                    hint: "make the key of the table's own columns"))
        } else if !mapping.rereadColumns.isEmpty {
            problems.append(
                Diagnostic(
                    .error, at: place,
                    "what is written here is read again at the source by the sink, where nothing is "
                        + "looked up", hint: "leave out `ttl`, or the look-up"))
        }
        guard problems.isEmpty else { throw ConfigurationErrors(problems) }
    }

    private init(own: TableSchema) {
        self.own = own
    }

    private mutating func checkOwn(_ write: WriteDocument) {
        if own.isOpen {
            refuse(write.lookups[0].from, "look-ups are for tables: documents have what they need in themselves")
        } else if own.primaryKey.isEmpty {
            refuse(
                write.from,
                "the table \(own.table) has no primary key: rows that depend on another table could not be "
                    + "read in parts", hint: "ALTER TABLE \(own.table) ADD PRIMARY KEY (…);")
        }
    }

    private mutating func compile(_ lookup: LookupDocument, of other: TableSchema?) {
        guard !own.isOpen else { return }
        guard let other else {
            return refuse(lookup.from, "the source has no table \(lookup.from.value)")
        }
        let pairs = lookup.pairs.compactMap { pair($0, of: other) }
        for name in lookup.names where own.index(of: name.value) != nil {
            refuse(name, "the table \(own.table) has a column \(name.value) itself", hint: "give it another name")
        }
        guard pairs.count == lookup.pairs.count else { return }
        checkIdentity(lookup, pairs, of: other)
        switch lookup.gain {
        case .count(let name):
            lookups.append(JoinLookup(other: other, pairs: pairs, gain: .count))
            added.append(Column(name: name.value, type: .int64, sourceType: "bigint", isIdentity: false))
        case .take(let taken):
            checkUnique(lookup, pairs, of: other)
            let columns = taken.compactMap { column($0.column, of: other) }
            guard columns.count == taken.count else { return }
            lookups.append(JoinLookup(other: other, pairs: pairs, gain: .take(columns)))
            added += zip(taken, columns).map { taken, column in
                Column(
                    name: taken.name.value, type: other.types[column], sourceType: other.columns[column].sourceType,
                    isIdentity: false)
            }
        }
    }

    private mutating func pair(_ pair: LookupDocument.Pair, of other: TableSchema) -> JoinLookup.Pair? {
        guard let theirs = column(pair.other, of: other), let ours = column(pair.own, of: own) else { return nil }
        guard let range = JoinRange(own.columns[ours], other.columns[theirs]) else {
            refuse(
                pair.own,
                "\(pair.own.value) is \(own.columns[ours].sourceType) and \(pair.other.value) of "
                    + "\(other.table) is \(other.columns[theirs].sourceType): these are not compared",
                hint: "give both columns the same type")
            return nil
        }
        return JoinLookup.Pair(own: ours, other: theirs, range: range.bounds)
    }

    private mutating func column(_ name: Located<String>, of table: TableSchema) -> Int? {
        if let index = table.index(of: name.value) { return index }
        refuse(
            name, "the table \(table.table) has no column \(name.value)",
            hint: NearestName.hint(for: name.value, among: table.columns.map(\.name)))
        return nil
    }

    private mutating func checkIdentity(_ lookup: LookupDocument, _ pairs: [JoinLookup.Pair], of other: TableSchema) {
        let unknown = zip(lookup.pairs, pairs).filter { !other.identityCovers([$0.1.other]) }.map(\.0.other)
        guard let first = unknown.first else { return }
        refuse(
            first,
            "the replica identity of \(other.table) does not carry "
                + "\(unknown.map(\.value).joined(separator: ", ")): a delete there could not say which rows it concerns",
            hint: "ALTER TABLE \(other.table) REPLICA IDENTITY FULL;")
    }

    private mutating func checkUnique(_ lookup: LookupDocument, _ pairs: [JoinLookup.Pair], of other: TableSchema) {
        let given = Set(pairs.map(\.other))
        guard other.primaryKey.isEmpty || !given.isSuperset(of: other.primaryKey) else { return }
        let key = other.primaryKey.map { other.columns[$0].name }.joined(separator: ", ")
        refuse(
            lookup.from, "`where` may find several rows of \(other.table), and `take` is of one",
            hint: key.isEmpty
                ? "the table has no primary key" : "name the primary key under `where`: \(key); or `count` the rows")
    }

    private mutating func refuse<Value>(_ place: Located<Value>, _ message: String, hint: String? = nil) {
        problems.append(Diagnostic(.error, at: place.location, message, hint: hint))
    }
}

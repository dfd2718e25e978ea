internal import Change
internal import Connector
internal import Pipelines
internal import Transforms

/// Finds the mappings of one sink that a change goes through, and compiles them for each version of a table.
struct Router {
    /// A mapping of the pipeline file, bound to the table it reads from.
    struct Route {
        var document: WriteDocument
        var table: TableName
        /// ``Change/TableSchema/id``; a renamed table keeps it.
        var tableID: UInt64
    }

    let routes: [Route]
    private let sink: any ChangeSink
    private var compiled: [ObjectIdentifier: (schema: TableSchema, plans: [MappingPlan])] = [:]
    private var byFingerprint: [UInt64: (table: UInt64, plans: [MappingPlan])] = [:]
    /// The newest version of each table, and which look-ups of which routes read it.
    private var joinedTables: JoinedTables

    /// - Throws: ``Connector/ConfigurationErrors`` for everything that does not fit the tables.
    init(writes: [WriteDocument], tables: [TableSchema], sink: any ChangeSink) throws {
        self.sink = sink
        var diagnostics: [Diagnostic] = []
        var routes: [Route] = []
        let shapes = tables + (writes.contains { $0.messages != nil } ? [LogicalMessage.schema] : [])
        for write in writes {
            guard let schema = shapes.first(where: { $0.table == write.from.value }) else {
                diagnostics.append(
                    Diagnostic(.error, at: write.from.location, "the source has no table \(write.from.value)"))
                continue
            }
            routes.append(Route(document: write, table: schema.table, tableID: schema.id))
        }
        self.routes = routes
        joinedTables = JoinedTables(tables: tables, routes: routes)
        for schema in shapes {
            do {
                _ = try plans(for: schema)
            } catch let errors as ConfigurationErrors {
                diagnostics += errors.diagnostics
            }
        }
        if !diagnostics.isEmpty { throw ConfigurationErrors(diagnostics) }
    }

    /// Every mapping that is compiled now.
    var mappings: [any RowMapping] { plans.map(\.mapping) }

    /// The same with their transforms.
    var plans: [MappingPlan] { byFingerprint.values.flatMap(\.plans).sorted { $0.number < $1.number } }

    /// The routes of a table that a snapshot fills.
    func loadedRoutes(of table: TableName) -> [Int] {
        let plans = byFingerprint.values.flatMap(\.plans)
        return routes.indices.filter { number in
            routes[number].table == table && plans.contains { $0.number == number && $0.mapping.takesSnapshot }
        }
    }

    /// Whether the schema's mappings were compiled before.
    func isKnown(_ schema: TableSchema) -> Bool {
        compiled[ObjectIdentifier(schema)] != nil || byFingerprint[schema.fingerprint] != nil
    }

    /// The mappings that rows of this schema go through, in the order of the file.
    ///
    /// - Parameter isCurrent: whether the schema is the one that the table has where the stream stands: rows of a snapshot
    ///   may have another.
    mutating func plans(for schema: TableSchema, isCurrent: Bool = false) throws -> [MappingPlan] {
        for table in isCurrent ? joinedTables.note(schema) : [] {
            // What was compiled against the earlier version of a looked-up table is compiled again.
            compiled = compiled.filter { $0.value.schema.id != table }
            byFingerprint = byFingerprint.filter { $0.value.table != table }
        }
        if let known = compiled[ObjectIdentifier(schema)] { return known.plans }
        let plans = try byFingerprint[schema.fingerprint]?.plans ?? compile(schema)
        // The schema is kept with its plans, so that its address is not given to another one.
        compiled[ObjectIdentifier(schema)] = (schema, plans)
        byFingerprint[schema.fingerprint] = (schema.id, plans)
        return plans
    }

    /// Compiles the mappings again that look this table up, where they are not compiled against its newest version.
    ///
    /// - Returns: those that are new.
    mutating func compileReaders(of schema: TableSchema) throws -> [MappingPlan] {
        var fresh: [MappingPlan] = []
        for reader in joinedTables.readers(of: schema.id) {
            guard let own = joinedTables.schema(of: routes[reader.route].tableID), !isKnown(own) else { continue }
            fresh += try plans(for: own)
        }
        return fresh
    }

    /// What changes of this table concern beside its own mappings: one plan for each look-up that reads it.
    mutating func triggers(for schema: TableSchema) throws -> [MappingPlan] {
        if let known = joinedTables.triggers[schema.fingerprint] { return known }
        var triggers: [MappingPlan] = []
        for reader in joinedTables.readers(of: schema.id) {
            guard let own = joinedTables.schema(of: routes[reader.route].tableID),
                let plan = try plans(for: own).first(where: { $0.number == reader.route }), let joins = plan.joins
            else { continue }
            let trigger = JoinTrigger(plan: plan, lookup: joins.lookups[reader.lookup], schema: schema)
            triggers.append(MappingPlan(trigger: trigger, number: routes.count + reader.number))
        }
        joinedTables.triggers[schema.fingerprint] = triggers
        return triggers
    }

    /// Rises when plans that were given out may have been compiled again.
    var generation: Int { joinedTables.generation }

    /// Whether changes of any table may concern rows of another.
    var hasJoins: Bool { !joinedTables.isEmpty }

    private func compile(_ schema: TableSchema) throws -> [MappingPlan] {
        var diagnostics: [Diagnostic] = []
        var plans: [MappingPlan] = []
        for (number, route) in routes.enumerated() where route.tableID == schema.id {
            do {
                plans.append(try compile(route.document, number: number, for: schema))
            } catch let errors as ConfigurationErrors {
                diagnostics += errors.diagnostics
            }
        }
        if !diagnostics.isEmpty { throw ConfigurationErrors(diagnostics) }
        return plans
    }

    private func compile(_ write: WriteDocument, number: Int, for schema: TableSchema) throws -> MappingPlan {
        let joins = try JoinCompiler.compile(write, own: schema, others: joinedTables.others(of: number))
        let transform = try CompiledTransform(spec: write.transform, schema: joins?.schema ?? schema)
        let mapping = try sink.makeMapping(
            MappingRequest(
                name: write.name, schema: transform.schema, outputs: transform.outputs, options: write.options,
                shaping: TransformShaping(transform: transform, sourceSchema: schema)))
        let plan = MappingPlan(
            number: number, mapping: mapping, transform: transform, messages: write.messages, joins: joins,
            schema: schema)
        guard mapping.isAppending || !schema.isOfMessages else {
            throw ConfigurationErrors([
                Diagnostic(
                    .error, at: write.from.location, "messages have no key: they can only be appended, as to a stream")
            ])
        }
        let keyColumns = transform.sourceColumns(behind: Set(mapping.keyColumns))
        if let joins { try JoinCompiler.check(mapping, keyColumns: keyColumns, of: joins, in: write) }
        let unseen = transform.unseenFields(behind: Set(mapping.keyColumns)).union(mapping.unseenKeyFields)
        let isCovered = schema.identityCovers(keyColumns) && (unseen.isEmpty || schema.identity == .full)
        guard mapping.isAppending || isCovered else {
            throw ConfigurationErrors([Self.uncovered(keyColumns, unseen, of: schema, in: write)])
        }
        return plan
    }

    private static func uncovered(
        _ columns: Set<Int>, _ unseen: Set<String>, of schema: TableSchema, in write: WriteDocument
    ) -> Diagnostic {
        let names =
            columns.filter { !schema.columns[$0].isIdentity }.sorted().map { schema.columns[$0].name } + unseen.sorted()
        // Whoever comes from SQL writes so.
        let other = schema.isOpen && names.contains("id") ? "a document is known by {_id}; or " : ""
        return Diagnostic(
            .error, at: write.from.location,
            "the key is made of \(names.joined(separator: ", ")), which the "
                + "\(schema.isOpen ? "identity" : "replica identity") of \(schema.table) does "
                + "not carry: a delete could not find its target",
            hint: schema.isOpen
                ? other + "keep pre-images: db.runCommand({collMod: \"\(schema.table.name)\", "
                    + "changeStreamPreAndPostImages: {enabled: true}})"
                : "ALTER TABLE \(schema.table) REPLICA IDENTITY FULL;")
    }
}

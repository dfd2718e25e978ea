internal import BoltCodec
internal import Change
internal import Connector
internal import Synchronization

extension Neo4jSink: ReadableSink {
    private static let pageCount: Int64 = 2000

    /// The version left behind is the one before the floor: a row of the truncate's own window, which comes after it,
    /// bears the floor itself.
    func truncate(_ mapping: any RowMapping, floor: Version) async throws {
        guard obstacle(toScanning: mapping) == nil else { return }
        try await scan(mapping) { entries in
            _ = try await delete(entries.filter { $0.version < floor }, of: mapping, upTo: floor.before)
        }
    }

    func obstacle(toScanning mapping: any RowMapping) -> String? {
        guard let mapping = mapping as? Neo4jMapping else { return "the mapping is another sink's" }
        return mapping.form.obstacleToComparing ?? Self.obstacle(toTellingRowsOf: mapping)
    }

    func scan(_ mapping: any RowMapping, _ take: @Sendable ([SinkEntry]) async throws -> Void) async throws {
        let mapping = try own(mapping)
        try await scan(GraphScan(mapping), take)
        for node in stubs(of: mapping) { try await scan(GraphScan(stubsOf: node, mapping), take) }
    }

    private func scan(_ scan: GraphScan, _ take: @Sendable ([SinkEntry]) async throws -> Void) async throws {
        var last: [PackStreamValue] = []
        while true {
            let records = try await control.ask(scan.page(after: last, count: Self.pageCount))
            try await take(try records.map { try scan.entry($0) })
            guard records.count == Int(Self.pageCount), let end = records.last else { return }
            last = scan.place(end)
        }
    }

    func delete(_ entries: [SinkEntry], of mapping: any RowMapping, upTo version: Version) async throws -> Int {
        let mapping = try own(mapping)
        let stubs = Dictionary(grouping: entries, by: GraphScan.label(ofStub:))
        var deleted = 0
        for (label, entries) in stubs {
            guard let label else { continue }
            let statement = try GraphScan.deletion(ofStubs: entries, label: label, mapping)
            deleted += Self.numbers(try await gate.alone { try await control.ask(statement) }).count
        }
        var rest = (stubs[nil] ?? [])[...]
        while !rest.isEmpty {
            let statement = BoltStatement(
                mapping.statements.sweep,
                try GraphScan.parameters(
                    deleting: rest.prefix(options.sending.batchCountMax), of: mapping, upTo: version))
            let records = try await gate.alone { try await control.ask(statement) }
            deleted += Self.numbers(records).count
            rest = rest.dropFirst(options.sending.batchCountMax)
        }
        return deleted
    }

    /// Why a mapping's nodes do not tell which rows they are, in words; nil where they do.
    private static func obstacle(toTellingRowsOf mapping: Neo4jMapping) -> String? {
        guard case .node = mapping.form else { return nil }
        let schema = mapping.request.schema
        let column = mapping.rowColumns.first { !PropertyEncoding.keepsKeyText(schema.types[$0], mapping.options) }
        return column.map {
            "the key column \(schema.columns[$0].name) is kept as a value that does not tell the text of the key"
        }
    }

    /// The nodes whose loose stubs this mapping is answerable for: of several that touch a label one, before all others
    /// one that writes its nodes.
    private func stubs(of mapping: Neo4jMapping) -> [GraphEnd] {
        let all = mappings.withLock { $0.values.sorted { $0.request.name < $1.request.name } }
        return Set(Self.nodes(of: mapping).map(\.withoutColumns)).filter { node in
            let touching = all.filter { Self.nodes(of: $0).contains { $0.withoutColumns == node } }
            let first = touching.first { if case .node = $0.form { true } else { false } } ?? touching.first
            return first.map { $0.request.name == mapping.request.name } ?? true
        }.sorted { $0.label < $1.label }
    }

    private func own(_ mapping: any RowMapping) throws -> Neo4jMapping {
        guard let mapping = mapping as? Neo4jMapping else {
            throw MillraceError(.invariant, "a scan came with the mapping of another sink")
        }
        return mapping
    }
}

internal import Change
internal import Connector
internal import Logging
internal import Wire

extension ElasticsearchSink {
    /// How many indices the rows of one mapping may name; each costs the cluster a shard.
    static let indicesByRowMax = 500

    func prepare(_ mappings: [any RowMapping]) async throws {
        let known = mappings.compactMap { $0 as? ElasticsearchMapping }
        var byIndex: [String: [ElasticsearchMapping]] = [:]
        for mapping in known { mapping.index.fixedName.map { byIndex[$0, default: []].append(mapping) } }
        for (index, writers) in byIndex.sorted(by: { $0.key < $1.key }) {
            await ledger.setWriters(writers, of: index)
            try await ensure(index, for: await ledger.writers(of: index))
        }
    }

    /// Creates the indices that rows name for the first time.
    func createIndices(named writes: [SinkWrite]) async throws {
        var seen: [[UInt8]: ElasticsearchMapping] = [:]
        for write in writes {
            guard let mapping = write.mapping as? ElasticsearchMapping, case .byRow = mapping.index else { continue }
            var name: [UInt8] = []
            guard (try? mapping.index.append(write.row, to: &name)) != nil, IndexName.problem(with: name.span) == nil
            else { continue }
            seen[name] = mapping
        }
        for (bytes, mapping) in seen {
            let name = String(decoding: bytes, as: UTF8.self)
            guard await !ledger.isReady(name, for: mapping) else { continue }
            guard await ledger.readyCount(of: mapping) < Self.indicesByRowMax else {
                throw MillraceError(
                    .sinkRejected, "its rows name more than \(Self.indicesByRowMax) indices; choose a coarser name",
                    place: mapping.place)
            }
            try await ensure(name, for: [mapping])
            await ledger.setReady(name, for: mapping)
        }
    }

    /// Checks that the indices which gave these answers are the ones that were written to.
    ///
    /// - Throws: ``MillraceError`` with `sinkReplaced` where one is not.
    func verify(_ evidence: [IndexEvidence]) async throws {
        try await ledger.requireLife()
        var replaced: Set<String> = []
        for found in Set(evidence) {
            guard let expected = await ledger.identity(of: found.index) else { continue }
            let identity =
                if let named = found.identity { named } else { try await describe(found.index)?.identity }
            if identity != expected { replaced.insert(found.index) }
        }
        if !replaced.isEmpty { try await reportReplaced(replaced.sorted()) }
    }

    /// The index or the one index behind an alias; nil where there is none.
    func describe(_ index: String) async throws -> ExistingIndex? {
        let response = try await client.send(.get("/\(PathPart.encode(index))"))
        if response.status == 404 { return nil }
        try AnswerTable.requireSuccess(response, doing: "reading the index \(index)")
        return try ExistingIndex(try response.json(), asked: index)
    }

    private func ensure(_ index: String, for writers: [ElasticsearchMapping]) async throws {
        let definition = try IndexDefinition(writers, product: client.server?.product ?? .elasticsearch)
        let expected = await ledger.identity(of: index)
        var existing = try await describe(index)
        if existing == nil {
            // Created again by itself it would look like the old one: what was written to it is gone.
            if expected != nil { try await reportReplaced([index]) }
            try await create(index, definition)
            existing = try await describe(index)
        }
        guard let existing else {
            throw MillraceError(.sinkUnavailable, "the index was deleted meanwhile", place: index)
        }
        if let expected, expected != existing.identity { try await reportReplaced([index]) }
        try await adapt(existing, to: definition, named: index)
        try await ledger.note([index: existing.identity])
    }

    private func create(_ index: String, _ definition: IndexDefinition) async throws {
        let response = try await client.send(.put("/\(PathPart.encode(index))", definition.body(pipeline: pipeline)))
        let type = AnswerTable.typeOfWhole(response).name
        // Another lane or process was first: what it made is compared like any other.
        if type == "resource_already_exists_exception" { return }
        try AnswerTable.requireSuccess(response, doing: "creating the index \(index)")
        logger.info("created an index", metadata: ["index": "\(index)"])
    }

    /// Adds what an existing index lacks.
    ///
    /// - Throws: ``MillraceError`` where it has fields that cannot take what will be written.
    private func adapt(_ existing: ExistingIndex, to definition: IndexDefinition, named index: String) async throws {
        let comparison = MappingComparison(definition, with: existing)
        guard comparison.conflicts.isEmpty else {
            throw MillraceError(
                .sinkRejected,
                "the index has fields that cannot take the rows: \(comparison.conflicts.joined(separator: "; ")). "
                    + "Write them under other names, or delete the index and take the table again", place: index)
        }
        for difference in comparison.differences {
            logger.notice("\(difference)", metadata: ["index": "\(index)"])
        }
        try await remember(existing, definition, named: index)
        guard !comparison.missing.isEmpty else { return }
        let response = try await client.send(
            .put("/\(PathPart.encode(index))/_mapping", ["properties": .object(comparison.missing)]))
        try AnswerTable.requireSuccess(response, doing: "adding fields to the index \(index)")
        logger.info(
            "added fields to an index",
            metadata: ["index": "\(index)", "fields": "\(comparison.missing.keys.sorted())"])
    }

    /// Gives an index that this pipeline made the memory of deletes that it now asks for.
    private func remember(_ existing: ExistingIndex, _ definition: IndexDefinition, named index: String) async throws {
        guard let wanted = definition.mappings[0].options.settings["gc_deletes"], existing.owner?.pipeline == pipeline,
            existing.gcDeletes != wanted
        else { return }
        let response = try await client.send(
            .put("/\(PathPart.encode(index))/_settings", ["index.gc_deletes": .text(wanted)]))
        try AnswerTable.requireSuccess(response, doing: "changing the settings of the index \(index)")
    }

    private func reportReplaced(_ indices: [String]) async throws -> Never {
        try await ledger.replace(indices)
        throw MillraceError(
            .sinkReplaced,
            "the index was deleted or replaced since rows were written to it; what it held is gone. Delete what came "
                + "back in its place, if anything, and take its tables again", place: indices.joined(separator: ", "))
    }
}

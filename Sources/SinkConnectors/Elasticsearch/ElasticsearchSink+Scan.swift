internal import Change
internal import Connector
internal import Logging
internal import NIOCore
internal import Wire

extension ElasticsearchSink: ReadableSink {
    /// How many documents one page holds; with soft deletes it carries them whole.
    private static let pageCount = (hard: 2000, soft: 200)
    /// How long the cluster keeps a scroll between two pages.
    private static let scrollKeep = "5m"

    /// Deletes by search and bulk, as every version can: `_delete_by_query` knows no external versions, so that it
    /// would leave no version behind, and would lose against its own.
    ///
    /// The version left behind is the one before the floor: a row of the truncate's own window, which comes after it,
    /// bears the floor itself.
    func truncate(_ mapping: any RowMapping, floor: Version) async throws {
        try await scan(mapping) { entries in
            _ = try await delete(entries.filter { $0.version < floor }, of: mapping, upTo: floor.before)
        }
    }

    func obstacle(toScanning mapping: any RowMapping) -> String? { nil }

    func scan(_ mapping: any RowMapping, _ take: @Sendable ([SinkEntry]) async throws -> Void) async throws {
        let mapping = try own(mapping)
        let isSoft = mapping.options.deletedField != nil
        let search = search(for: mapping, size: isSoft ? Self.pageCount.soft : Self.pageCount.hard, isWhole: isSoft)
        for index in try await indices(of: mapping) {
            try await refresh(index)
            try await scroll(index, search) { page, bytes throws(WireError) in
                page.hits.map { (DocumentPlace($0, in: bytes), $0.version) }
            } take: { found in
                try await take(try found.map { place, version in try place.entry(version: version, of: mapping) })
                return true
            }
        }
    }

    /// The search sees only what was refreshed.
    func refresh(_ index: String) async throws {
        try AnswerTable.requireSuccess(
            try await client.send(.post("/\(PathPart.encode(index))/_refresh")), doing: "scanning the index \(index)")
    }

    /// Hands over what is read of each page of a search, until there is no page left or `take` says false.
    func scroll<Hit: Sendable>(
        _ index: String, _ search: JSONValue, read hits: (ScrollPage, Span<UInt8>) throws(WireError) -> [Hit],
        take: ([Hit]) async throws -> Bool
    ) async throws {
        var response = try await client.send(
            .post("/\(PathPart.encode(index))/_search?scroll=\(Self.scrollKeep)", search))
        while true {
            try AnswerTable.requireSuccess(response, doing: "scanning the index \(index)")
            let (scrollID, found) = try read(response) { bytes throws(WireError) in
                let page = try ScrollPage(bytes)
                return (page.scrollID, try hits(page, bytes))
            }
            let goesOn = if found.isEmpty { false } else { try await take(found) }
            guard let scrollID, goesOn else {
                if let scrollID { try await endScroll(scrollID) }
                return
            }
            response = try await client.send(
                .post("/_search/scroll", ["scroll": .text(Self.scrollKeep), "scroll_id": .text(scrollID)]))
        }
    }

    func delete(_ entries: [SinkEntry], of mapping: any RowMapping, upTo version: Version) async throws -> Int {
        guard !entries.isEmpty else { return 0 }
        let mapping = try own(mapping)
        var lines = DeletionEncoding(version: version, deletedField: mapping.options.deletedField)
        for entry in entries {
            do {
                try lines.append(try DocumentPlace(entry))
            } catch is WireError {
                throw MillraceError(.sinkUnavailable, "a document cannot be read", place: mapping.place)
            }
        }
        let answer = try await client.send(.bulk(lines.body))
        try AnswerTable.requireSuccess(answer, doing: "deleting from \(mapping.place)")
        let results = try read(answer) { [count = lines.count] bytes throws(WireError) in
            try Self.results(of: bytes, count: count, mapping: mapping)
        }
        var deleted = 0
        for result in results {
            switch result {
            case .applied: deleted += 1
            // Refused by version: a newer row.
            case .stale: continue
            case .retry(let reason), .split(let reason), .park(let reason):
                throw MillraceError(.sinkUnavailable, "not everything was deleted (\(reason))", place: mapping.place)
            case .stop(let error): throw error
            }
        }
        return deleted
    }

    func own(_ mapping: any RowMapping) throws -> ElasticsearchMapping {
        guard let mapping = mapping as? ElasticsearchMapping else {
            throw MillraceError(.invariant, "a scan came with the mapping of another sink")
        }
        return mapping
    }

    private static func results(
        of bytes: Span<UInt8>, count: Int, mapping: ElasticsearchMapping
    ) throws(WireError) -> [ItemResult] {
        var reader = try BulkResponseReader(bytes)
        var results: [ItemResult] = []
        while let item = try reader.next(in: bytes) {
            results.append(AnswerTable.result(of: item, in: bytes, action: .delete, mapping: mapping))
        }
        guard results.count == count else { throw .malformed("bulk response") }
        return results
    }

    /// Every document of the mapping that is not deleted already.
    ///
    /// - Parameters:
    ///   - size: how many documents a page has.
    ///   - isWhole: whether the documents come with what they hold.
    func search(for mapping: ElasticsearchMapping, size: Int, isWhole: Bool) -> JSONValue {
        var query: [String: JSONValue] = [:]
        if let field = mapping.options.originField {
            query["filter"] = ["term": .object([field: .text(mapping.request.name)])]
        }
        if let field = mapping.options.deletedField {
            query["must_not"] = ["term": .object([field: true])]
        }
        return [
            "size": .integer(Int64(size)), "sort": ["_doc"], "version": true, "_source": .boolean(isWhole),
            "query": query.isEmpty ? ["match_all": [:]] : ["bool": .object(query)],
        ]
    }

    /// The indices that rows of a mapping may be in.
    func indices(of mapping: ElasticsearchMapping) async throws -> [String] {
        if let name = mapping.index.fixedName { return [name] }
        let response = try await client.send(.get("/\(PathPart.encode(mapping.index.pattern, isPattern: true))"))
        if response.status == 404 { return [] }
        try AnswerTable.requireSuccess(response, doing: "listing the indices of \(mapping.place)")
        var found: [String] = []
        for (name, description) in try response.json().object ?? [:] {
            guard let owner = IndexOwner(description["mappings"] ?? [:]) else {
                // Made by somebody else, and written to by this pipeline.
                if await ledger.identity(of: name) != nil { found.append(name) }
                continue
            }
            if owner.pipeline == pipeline, owner.mappings.contains(mapping.request.name) { found.append(name) }
        }
        return found.sorted()
    }

    private func endScroll(_ id: String) async throws {
        _ = try await client.send(.delete("/_search/scroll", body: ["scroll_id": .text(id)]))
    }

    private func read<Value>(
        _ response: HTTPAnswer, _ parse: (Span<UInt8>) throws(WireError) -> Value
    ) throws(MillraceError) -> Value {
        do throws(WireError) {
            return try parse(response.body.readableBytesUInt8Span)
        } catch {
            throw MillraceError(.sinkUnavailable, "the cluster's answer cannot be read")
        }
    }
}

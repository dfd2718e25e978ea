internal import Change
internal import Connector
internal import Logging
internal import NIOCore
internal import Wire

extension ElasticsearchSink {
    /// How many documents one page of a truncate holds; with soft deletes it carries them whole.
    private static let pageCount = (hard: 2000, soft: 200)
    /// How long the cluster keeps a scroll between two pages.
    private static let scrollKeep = "2m"

    /// Deletes by search and bulk, as every version can: `_delete_by_query` knows no external versions, so that it
    /// would leave no version behind, and would lose against its own.
    func truncate(_ mapping: any RowMapping, floor: Version) async throws {
        guard let mapping = mapping as? ElasticsearchMapping else {
            throw MillraceError(.invariant, "a truncate came with the mapping of another sink")
        }
        for index in try await indices(of: mapping) {
            try await truncate(index, mapping: mapping, floor: floor)
        }
    }

    private func truncate(_ index: String, mapping: ElasticsearchMapping, floor: Version) async throws {
        let path = "/\(PathPart.encode(index))"
        // The search sees only what was refreshed.
        try AnswerTable.requireSuccess(
            try await client.send(.post("\(path)/_refresh")), doing: "truncating the index \(index)")
        var response = try await client.send(
            .post("\(path)/_search?scroll=\(Self.scrollKeep)", search(for: mapping)))
        var deleted = 0
        while true {
            try AnswerTable.requireSuccess(response, doing: "truncating the index \(index)")
            let page = try read(response) { bytes throws(WireError) in try ScrollPage(bytes) }
            guard let scrollID = page.scrollID, !page.hits.isEmpty else {
                if let scrollID = page.scrollID { try await endScroll(scrollID) }
                break
            }
            deleted += try await delete(page, of: response, mapping: mapping, floor: floor)
            response = try await client.send(
                .post("/_search/scroll", ["scroll": .text(Self.scrollKeep), "scroll_id": .text(scrollID)]))
        }
        logger.info("truncated an index", metadata: ["index": "\(index)", "documents": "\(deleted)"])
    }

    private func delete(
        _ page: ScrollPage, of response: ElasticsearchResponse, mapping: ElasticsearchMapping, floor: Version
    ) async throws -> Int {
        var lines = TruncateEncoding(floor: floor, deletedField: mapping.options.deletedField)
        lines = try read(response) { bytes throws(WireError) in
            var filled = lines
            for hit in page.hits where filled.covers(hit.version) { try filled.append(hit, in: bytes) }
            return filled
        }
        guard lines.count > 0 else { return 0 }
        let answer = try await client.send(.bulk(lines.body))
        try AnswerTable.requireSuccess(answer, doing: "truncating \(mapping.place)")
        let results = try read(answer) { bytes throws(WireError) in
            try Self.results(of: bytes, count: lines.count, mapping: mapping)
        }
        for result in results {
            switch result {
            // Refused by version: a newer row, or an earlier try of this truncate.
            case .applied, .stale: continue
            case .retry(let reason), .split(let reason), .park(let reason):
                throw MillraceError(.sinkUnavailable, "a truncate was not completed (\(reason))", place: mapping.place)
            case .stop(let error): throw error
            }
        }
        return results.count
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
    private func search(for mapping: ElasticsearchMapping) -> JSONValue {
        var query: [String: JSONValue] = [:]
        if let field = mapping.options.originField {
            query["filter"] = ["term": .object([field: .text(mapping.request.name)])]
        }
        if let field = mapping.options.deletedField {
            query["must_not"] = ["term": .object([field: true])]
        }
        let isSoft = mapping.options.deletedField != nil
        return [
            "size": .integer(Int64(isSoft ? Self.pageCount.soft : Self.pageCount.hard)),
            "sort": ["_doc"], "version": true, "_source": .boolean(isSoft),
            "query": query.isEmpty ? ["match_all": [:]] : ["bool": .object(query)],
        ]
    }

    /// The indices that rows of a mapping may be in.
    private func indices(of mapping: ElasticsearchMapping) async throws -> [String] {
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
        _ response: ElasticsearchResponse, _ parse: (Span<UInt8>) throws(WireError) -> Value
    ) throws(MillraceError) -> Value {
        do throws(WireError) {
            return try parse(response.body.readableBytesUInt8Span)
        } catch {
            throw MillraceError(.sinkUnavailable, "the cluster's answer cannot be read")
        }
    }
}

internal import Connector
internal import Foundation
internal import Logging

/// Knows which indices the pipeline writes to and which life of them this is, and keeps that in the cluster.
///
/// An index that is not the one that was written to before begins a new life: the marker of the old one is void.
actor IndexLedger {
    private let pipeline: String
    /// The sink's name within the pipeline: several may write to one cluster.
    private let sink: String
    private let markerIndex: String
    private let client: ElasticsearchClient
    private let logger: Logger
    private var record: PipelineRecord?
    /// Whether an index was replaced, so that this life is over: nothing is said of it until the sink is opened again.
    private var isOver = false
    /// The mappings that write to each index of a fixed name.
    private var writersByIndex: [String: [String: ElasticsearchMapping]] = [:]
    /// The indices that rows named and that were made ready, by mapping.
    private var readyByMapping: [ObjectIdentifier: Set<String>] = [:]
    /// Guards the document against a late answer of an older write.
    private var version: Int64 = 0

    init(pipeline: String, sink: String, markerIndex: String, client: ElasticsearchClient, logger: Logger) {
        self.pipeline = pipeline
        self.sink = sink
        self.markerIndex = markerIndex
        self.client = client
        self.logger = logger
    }

    /// Reads what the pipeline left, or leaves a first record; returns the name of this life.
    func open() async throws -> String {
        isOver = false
        if let found = try await read() {
            record = found
            return found.store
        }
        let fresh = PipelineRecord.fresh()
        try await createMarkerIndex()
        try await write(fresh)
        return fresh.store
    }

    /// The indices that the pipeline has written to, without leaving anything.
    func knownIndices() async throws -> [String: String] {
        try await read()?.indices ?? [:]
    }

    /// The identity that an index has in this life, nil where it was not written to yet.
    func identity(of index: String) -> String? { record?.indices[index] }

    /// Remembers indices that are written to from now on.
    func note(_ identities: [String: String]) async throws {
        var changed = try await current()
        for (index, identity) in identities { changed.indices[index] = identity }
        if changed != record { try await write(changed) }
    }

    /// Begins a new life, because indices are not the ones that were written to.
    func replace(_ indices: [String]) async throws {
        // What is under way beside this must not mark the new life as one that has everything.
        isOver = true
        let old = try await current()
        guard indices.contains(where: { old.indices[$0] != nil }) else { return }
        logger.error("indices were deleted or replaced since they were written to", metadata: ["indices": "\(indices)"])
        var fresh = PipelineRecord.fresh()
        fresh.indices = old.indices.filter { !indices.contains($0.key) }
        try await write(fresh)
    }

    /// Replaces what these mappings, by their names, write to an index; others that share it stay.
    func setWriters(_ mappings: [ElasticsearchMapping], of index: String) {
        for mapping in mappings { writersByIndex[index, default: [:]][mapping.request.name] = mapping }
    }

    func writers(of index: String) -> [ElasticsearchMapping] {
        (writersByIndex[index] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
    }

    func isReady(_ index: String, for mapping: ElasticsearchMapping) -> Bool {
        readyByMapping[ObjectIdentifier(mapping)]?.contains(index) ?? false
    }

    func readyCount(of mapping: ElasticsearchMapping) -> Int {
        readyByMapping[ObjectIdentifier(mapping)]?.count ?? 0
    }

    func setReady(_ index: String, for mapping: ElasticsearchMapping) {
        readyByMapping[ObjectIdentifier(mapping), default: []].insert(index)
    }

    func marker() async throws -> SinkMarker? {
        let found = try await read()
        if let found { record = found }
        return try found?.decodedMarker()
    }

    /// - Throws: ``MillraceError`` with `sinkReplaced` where an index was replaced since the sink was opened.
    func setMarker(_ marker: SinkMarker) async throws {
        try requireLife()
        var changed = try await current()
        changed.marker = try PipelineRecord.encode(marker)
        try await write(changed)
    }

    /// - Throws: ``MillraceError`` with `sinkReplaced` where an index was replaced since the sink was opened.
    func requireLife() throws {
        guard !isOver else {
            throw MillraceError(.sinkReplaced, "an index was deleted or replaced since rows were written to it")
        }
    }

    /// Deletes everything that the pipeline left.
    func remove() async throws {
        record = nil
        let response = try await client.send(.delete("\(path)?\(nextVersion())"))
        if response.status != 404 { try AnswerTable.requireSuccess(response, doing: "removing the marker") }
    }

    private func current() async throws -> PipelineRecord {
        if let record { return record }
        return try await read() ?? .fresh()
    }

    private var path: String { "/\(markerIndex)/_doc/\(PathPart.encode("\(pipeline).\(sink)"))" }

    private func read() async throws -> PipelineRecord? {
        let response = try await client.send(.get(path))
        if response.status == 404 { return nil }
        try AnswerTable.requireSuccess(response, doing: "reading the marker")
        let answer = try response.json()
        guard let source = answer["_source"] else { return nil }
        version = answer["_version"]?.integer ?? 0
        guard let found = PipelineRecord(source) else {
            throw MillraceError(.stateForeign, "the pipeline's marker in the cluster is of another format")
        }
        return found
    }

    private func write(_ changed: PipelineRecord) async throws {
        record = changed
        let query = nextVersion()
        let mine = version
        let response = try await client.send(.put("\(path)?\(query)", changed.document(pipeline: pipeline)))
        // A newer state of this ledger may have arrived first. Nobody else writes the document.
        if response.status == 409, version > mine { return }
        guard response.status != 409 else {
            throw MillraceError(.sinkUnavailable, "the pipeline's marker was written by another process meanwhile")
        }
        try AnswerTable.requireSuccess(response, doing: "writing the marker")
    }

    /// The next version of the document: past the last, and past the one that a deleted document leaves behind, which
    /// a new process cannot read.
    private func nextVersion() -> String {
        version = max(version + 1, Int64(Date().timeIntervalSince1970 * 1_000_000))
        return "version=\(version)&version_type=external"
    }

    private func createMarkerIndex() async throws {
        let response = try await client.send(
            .put(
                "/\(markerIndex)",
                [
                    "settings": ["index": ["number_of_shards": 1, "auto_expand_replicas": "0-1"]],
                    "mappings": ["dynamic": false],
                ]))
        if response.status == 400, try response.json()[["error", "type"]]?.text == "resource_already_exists_exception" {
            return
        }
        try AnswerTable.requireSuccess(response, doing: "creating the index of markers")
    }
}

import Change
import Connector
import Synchronization

@testable import SinkConnectors

/// A source whose rows are what was written through a ``MirroringSink``, whatever the order it came in.
final class MirroredSource: ReadableSource {
    private let state = Mutex<[[String]: (version: Version, row: Row?)]>([:])
    /// What was looked up, in order.
    let requests = Mutex<[LookupRequest]>([])

    func describe(_ tables: [TableName]) async throws -> [TableSchema] { [] }

    func lookup(_ request: LookupRequest) async throws -> LookupResult {
        requests.withLock { $0.append(request) }
        let rows = state.withLock { $0.values.compactMap(\.row) }
        return LookupResult(
            rows: request.keys.map { key in rows.filter { row in request.parts.map { $0.text(of: row) } == key } })
    }

    /// Notes what a write makes of its row, if it is newer than what is known.
    func note(_ write: SinkWrite) {
        let key = write.row.schema.primaryKey.map { write.row.text($0) ?? "" }
        state.withLock { state in
            if let known = state[key], known.version >= write.version { return }
            state[key] = (write.version, write.action == .delete ? nil : write.row)
        }
    }
}

/// Passes everything on to a sink, after a source has taken note of it.
struct MirroringSink: DigestingSink {
    let sink: RedisSink
    let source: MirroredSource

    var traits: SinkTraits { sink.traits }
    func open() async throws -> SinkIncarnation { try await sink.open() }
    func check(_ mappings: [any RowMapping]) async -> [Diagnostic] { await sink.check(mappings) }
    func makeMapping(_ request: MappingRequest) throws -> any RowMapping { try sink.makeMapping(request) }
    func prepare(_ mappings: [any RowMapping]) async throws { try await sink.prepare(mappings) }
    func readMarker(pipeline: String) async throws -> SinkMarker? { try await sink.readMarker(pipeline: pipeline) }
    func writeMarker(_ marker: SinkMarker) async throws { try await sink.writeMarker(marker) }
    func truncate(_ mapping: any RowMapping, floor: Version) async throws {
        try await sink.truncate(mapping, floor: floor)
    }
    func removeMarker(pipeline: String) async throws { try await sink.removeMarker(pipeline: pipeline) }
    func close() async { await sink.close() }
    func obstacle(toScanning mapping: any RowMapping) -> String? { sink.obstacle(toScanning: mapping) }
    func scan(_ mapping: any RowMapping, _ take: @Sendable ([SinkEntry]) async throws -> Void) async throws {
        try await sink.scan(mapping, take)
    }
    func delete(_ entries: [SinkEntry], of mapping: any RowMapping, upTo version: Version) async throws -> Int {
        try await sink.delete(entries, of: mapping, upTo: version)
    }

    func obstacle(toComparing mapping: any RowMapping) -> String? { sink.obstacle(toComparing: mapping) }
    func compare(_ writes: [SinkWrite]) async throws -> [Comparison] { try await sink.compare(writes) }
    func canDigest(_ mapping: any RowMapping) -> Bool { sink.canDigest(mapping) }
    func digests(of writes: [SinkWrite]) -> [UInt64?] { sink.digests(of: writes) }
    func scanDigests(of mapping: any RowMapping, _ take: @Sendable ([SinkEntry]) async throws -> Void) async throws {
        try await sink.scanDigests(of: mapping, take)
    }

    func apply(_ writes: [SinkWrite], lane: Int) async throws -> [ItemResult] {
        for write in writes { source.note(write) }
        return try await sink.apply(writes, lane: lane)
    }
}

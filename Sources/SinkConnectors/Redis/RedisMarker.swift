internal import Connector
internal import RedisCodec

/// The marker as a hash: `pipeline`, `epoch`, `commit`, `end`, `snapshot_saves`, and a field for each part of the source's identity.
enum RedisMarker {
    private static let sourcePrefix = "source."

    static func read(_ key: String, by client: RedisClient) async throws -> SinkMarker? {
        let reply = try await client.send(["HGETALL", key])
        let texts = (reply.elements ?? []).map { $0.text ?? "" }
        guard !texts.isEmpty else { return nil }
        var fields: [String: String] = [:]
        for index in stride(from: 0, to: texts.count - 1, by: 2) { fields[texts[index]] = texts[index + 1] }
        guard let name = fields["pipeline"], let epoch = fields["epoch"].flatMap({ UInt8($0) }),
            let commit = fields["commit"].flatMap({ UInt64($0) }), let end = fields["end"].flatMap({ UInt64($0) })
        else {
            throw MillraceError(.sinkRejected, "the pipeline's marker in Redis is damaged: it is not the hash it was")
        }
        var parts: [String: String] = [:]
        for (field, value) in fields where field.hasPrefix(sourcePrefix) {
            parts[String(field.dropFirst(sourcePrefix.count))] = value
        }
        return SinkMarker(
            pipeline: name, source: SourceIdentity(parts), epoch: epoch,
            progress: SourceProgress(commit: commit, end: end),
            snapshotSaves: fields["snapshot_saves"].flatMap { Int64($0) } ?? 0)
    }

    /// Writes the marker whole; false where it had to be there and is gone.
    static func write(
        _ marker: SinkMarker, at key: String, mustExist: Bool, by client: RedisClient
    ) async throws -> Bool {
        var fields = [
            "pipeline", marker.pipeline, "epoch", "\(marker.epoch)", "commit", "\(marker.progress.commit)",
            "end", "\(marker.progress.end)", "snapshot_saves", "\(marker.snapshotSaves)",
        ]
        for (part, value) in marker.source.parts.sorted(by: { $0.key < $1.key }) {
            fields += [sourcePrefix + part, value]
        }
        let call = ScriptCall(
            .markerWrite, keys: [Array(key.utf8)],
            arguments: ([mustExist ? "1" : "0"] + fields).map { Array($0.utf8) })
        return try await client.call([call]) == [.integer(1)]
    }
}

internal import Change
internal import Connector
internal import Wire

/// What an answer tells about the identity of the index that gave it.
///
/// A deleted index comes back by itself, empty and with guessed types, as soon as something is written to it, unless
/// the cluster's `action.auto_create_index` forbids that; `require_alias`, which would too, exists only since 7.10 and
/// needs an alias. But the first write that a shard ever takes has the sequence number zero, which an index of a
/// known identity gives once for each of its shards, and a refusal by version names the index's identity. Both are
/// in every version since 7.0, and cost nothing where nothing happened.
struct IndexEvidence: Hashable, Sendable {
    /// The index's name.
    var index: String
    /// The identity that the answer names, nil where it must be asked for.
    var identity: String?

    /// Whether an item tells anything.
    static func isGiven(by item: BulkItem) -> Bool {
        item.sequence == 0 || item.indexID != nil || item.status == 404 && item.errorType != nil
    }

    /// - Returns: nil where the write names no index.
    init?(_ item: BulkItem, in bytes: Span<UInt8>, write: SinkWrite, mapping: ElasticsearchMapping) {
        var name: [UInt8] = []
        guard (try? mapping.index.append(write.row, to: &name)) != nil else { return nil }
        index = String(decoding: name, as: UTF8.self)
        identity = item.indexID.map { String(decoding: bytes.extracting($0)) }
    }

    /// Whether an item of a mapping tells the same.
    func says(_ item: BulkItem, in bytes: Span<UInt8>, of mapping: ElasticsearchMapping) -> Bool {
        guard mapping.index.fixedName == index, let identity, let range = item.indexID else { return false }
        return range.count == identity.utf8.count && bytes.extracting(range).isEqual(to: identity.utf8.span)
    }
}

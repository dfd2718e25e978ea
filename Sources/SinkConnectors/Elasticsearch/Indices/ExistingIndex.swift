internal import Connector

/// An index as the cluster describes it.
struct ExistingIndex: Sendable {
    /// The index's own name, which is not the one it was asked by where that is an alias.
    var name: String
    /// The identity that a deleted and re-created index does not share.
    var identity: String
    var mapping: JSONValue
    var settings: JSONValue

    var properties: [String: JSONValue] { mapping["properties"]?.object ?? [:] }
    /// How long the version of a deleted document is remembered, as the index has it; a minute where it says nothing.
    var gcDeletes: String? { settings["gc_deletes"]?.text }
    var owner: IndexOwner? { IndexOwner(mapping) }

    /// Reads the answer to `GET /NAME`.
    ///
    /// - Throws: ``MillraceError`` where the name stands for several indices or for a data stream.
    init(_ answer: JSONValue, asked name: String) throws(MillraceError) {
        let indices = answer.object ?? [:]
        guard indices.count == 1, let (own, index) = indices.first else {
            throw MillraceError(
                .sinkRejected, "the name is an alias of \(indices.count) indices; write to one of them", place: name)
        }
        guard index["data_stream"] == nil else {
            throw MillraceError(
                .sinkRejected, "the name is a data stream, which takes no updates and deletes", place: name)
        }
        guard let settings = index[["settings", "index"]], let identity = settings["uuid"]?.text else {
            throw MillraceError(.sinkUnavailable, "the cluster does not describe the index", place: name)
        }
        self.name = own
        self.identity = identity
        self.settings = settings
        mapping = index["mappings"] ?? [:]
    }
}

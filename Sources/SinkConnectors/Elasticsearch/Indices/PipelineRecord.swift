internal import Connector
internal import Foundation

/// What a pipeline leaves in the marker index: one document of its own.
struct PipelineRecord: Sendable, Hashable {
    /// A name of this life of the pipeline's indices: a new one is made when any of them was replaced.
    var store: String
    /// The identity of each index that was written to, by name.
    var indices: [String: String]
    /// The marker as JSON text: its numbers must come back exactly.
    var marker: String?

    init(store: String, indices: [String: String] = [:], marker: String? = nil) {
        self.store = store
        self.indices = indices
        self.marker = marker
    }

    /// A record of a life that begins now.
    static func fresh() -> Self { Self(store: UUID().uuidString.lowercased()) }

    /// Reads the document; nil where it is none of these.
    init?(_ source: JSONValue) {
        guard let store = source["store"]?.text, let indices = source["indices"]?.object else { return nil }
        self.init(store: store, indices: indices.compactMapValues(\.text), marker: source["marker"]?.text)
    }

    func document(pipeline: String) -> JSONValue {
        [
            "pipeline": .text(pipeline), "store": .text(store), "indices": .object(indices.mapValues { .text($0) }),
            "marker": marker.map { .text($0) } ?? .null,
        ]
    }

    func decodedMarker() throws(MillraceError) -> SinkMarker? {
        guard let marker else { return nil }
        do {
            return try JSONDecoder().decode(SinkMarker.self, from: Data(marker.utf8))
        } catch {
            throw MillraceError(.stateForeign, "the pipeline's marker in the cluster is of another format")
        }
    }

    static func encode(_ marker: SinkMarker) throws -> String {
        String(decoding: try JSONEncoder().encode(marker), as: UTF8.self)
    }
}

internal import Connector
internal import NIOCore
internal import NIOHTTP1

/// One request to the cluster.
struct ElasticsearchRequest: Sendable {
    enum Content: Sendable {
        case json
        /// Lines of JSON, as bulk requests are.
        case lines
    }

    var method: HTTPMethod
    /// The path and query, already percent-encoded, from the slash on.
    var path: String
    var body: [UInt8]?
    var content: Content = .json

    static func get(_ path: String) -> Self { Self(method: .GET, path: path) }
    static func head(_ path: String) -> Self { Self(method: .HEAD, path: path) }
    static func delete(_ path: String, body: JSONValue? = nil) throws -> Self {
        Self(method: .DELETE, path: path, body: try body?.encoded())
    }

    static func put(_ path: String, _ body: JSONValue) throws -> Self {
        Self(method: .PUT, path: path, body: try body.encoded())
    }

    static func post(_ path: String, _ body: JSONValue? = nil) throws -> Self {
        Self(method: .POST, path: path, body: try body?.encoded())
    }

    /// Asks for documents by their ids. Nothing is filtered out of the answer: the cluster would write the documents'
    /// numbers anew for that.
    static func documents(_ body: [UInt8]) -> Self { Self(method: .POST, path: "/_mget", body: body) }

    static func bulk(_ body: [UInt8]) -> Self {
        // Only what results are made from comes back: a twentieth of the bytes where all is well.
        let fields = "items.*.status,items.*._seq_no,items.*.error"
        return Self(method: .POST, path: "/_bulk?filter_path=\(fields)", body: body, content: .lines)
    }
}

/// How requests name their content, and which form of answers they ask for.
///
/// Everything sent here reads the same to Elasticsearch 7, 8 and 9 and to OpenSearch, under the plain names. A later
/// Elasticsearch is asked to speak as 9 does, by the names that its REST compatibility has for that.
struct MediaType: Sendable {
    private let compatibleVersion: Int?

    init(_ server: ElasticsearchServer?) {
        guard let server, server.product == .elasticsearch, server.major > ElasticsearchServer.newestKnown else {
            compatibleVersion = nil
            return
        }
        compatibleVersion = ElasticsearchServer.newestKnown
    }

    var json: String {
        guard let compatibleVersion else { return "application/json" }
        return "application/vnd.elasticsearch+json;compatible-with=\(compatibleVersion)"
    }

    private var lines: String {
        guard let compatibleVersion else { return "application/x-ndjson" }
        return "application/vnd.elasticsearch+x-ndjson;compatible-with=\(compatibleVersion)"
    }

    func name(_ content: ElasticsearchRequest.Content) -> String {
        switch content {
        case .json: json
        case .lines: lines
        }
    }
}

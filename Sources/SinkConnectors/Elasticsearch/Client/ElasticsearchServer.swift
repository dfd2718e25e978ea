internal import Connector

/// Which product and version answers.
struct ElasticsearchServer: Hashable, Sendable {
    enum Product: String, Sendable {
        case elasticsearch = "Elasticsearch"
        case openSearch = "OpenSearch"
    }

    /// The oldest major version of Elasticsearch that has typeless requests.
    static let oldest = 7
    /// The newest whose answers are known.
    static let newestKnown = 9

    var product: Product
    var version: String
    var major: Int
    /// The cluster's own identity, nil until it has formed.
    var clusterID: String?

    /// Reads the answer to `GET /`.
    ///
    /// - Throws: ``MillraceError`` where what answers is neither product, or too old.
    init(_ answer: JSONValue) throws(MillraceError) {
        guard let version = answer[["version", "number"]]?.text,
            let major = version.split(separator: ".").first.flatMap({ Int($0) })
        else {
            throw MillraceError(.sinkRejected, "what answers is neither Elasticsearch nor OpenSearch")
        }
        let isOpenSearch = answer[["version", "distribution"]]?.text == "opensearch"
        product = isOpenSearch ? .openSearch : .elasticsearch
        self.version = version
        self.major = major
        guard isOpenSearch || major >= Self.oldest else {
            throw MillraceError(.sinkRejected, "Elasticsearch \(major) is too old; 7.0 is the oldest that works")
        }
        clusterID = answer["cluster_uuid"]?.text
        if clusterID == "_na_" { clusterID = nil }
    }
}

extension ElasticsearchServer: CustomStringConvertible {
    var description: String { "\(product.rawValue) \(version)" }
}

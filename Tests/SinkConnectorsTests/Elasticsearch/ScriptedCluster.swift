import Change
import Connector
import ConnectorTestKit
import NIOSSL
import Synchronization
import Testing

@testable import SinkConnectors

/// A cluster that behaves well until a test's script says otherwise: indices exist once they were created, and every
/// item of a bulk request is applied.
final class ScriptedCluster: Sendable {
    /// Decides on one request, nil for the answer of a cluster that is well; called with the number of requests of the
    /// same kind before it.
    typealias Script = @Sendable (_ request: ScriptedRequest, _ before: Int) -> ScriptedAnswer?

    static let elasticsearch7 = #"{"cluster_uuid":"c1","version":{"number":"7.17.0"},"tagline":"You Know, for Search"}"#

    let server: ScriptedHTTPServer

    private struct State {
        var bodies: [String: String] = [:]
        var counts: [String: Int] = [:]
    }

    init(
        identity: String = elasticsearch7, tls: TLSConfiguration? = nil, bulk: @escaping Script = { _, _ in nil },
        other: @escaping Script = { _, _ in nil }
    ) async throws {
        let holder = Holder()
        server = try await ScriptedHTTPServer(tls: tls) { request in
            let isBulk = request.path.hasPrefix("/_bulk")
            let before = holder.count(isBulk ? "bulk" : request.path)
            if let answer = isBulk ? bulk(request, before) : other(request, before) { return answer }
            return holder.answer(request, identity: identity)
        }
    }

    /// The bulk requests so far.
    var bulks: [ScriptedRequest] { server.requests.filter { $0.path.hasPrefix("/_bulk") } }

    /// A sink of this cluster.
    func sink(_ options: [String: OptionValue] = [:]) throws -> ElasticsearchSink {
        try ElasticsearchSink.test(
            pipeline: "shop", options: options.merging(["url": .secret(Secret(server.url))]) { given, _ in given })
    }

    /// The state that the script's answers are made from.
    private final class Holder: Sendable {
        private let state = Mutex(State())

        func count(_ kind: String) -> Int {
            state.withLock { state in
                defer { state.counts[kind, default: 0] += 1 }
                return state.counts[kind, default: 0]
            }
        }

        func answer(_ request: ScriptedRequest, identity: String) -> ScriptedAnswer {
            if request.path == "/" { return .json(identity) }
            if request.path.hasPrefix("/_bulk") { return .json(Self.allApplied(request)) }
            let name = String(request.path.dropFirst().prefix { $0 != "?" })
            if request.path.contains("/_mapping") || request.path.contains("/_settings") {
                return .json(#"{"acknowledged":true}"#)
            }
            return state.withLock { state in
                switch request.method {
                case "PUT":
                    state.bodies[name] = request.text
                    return .json(#"{"acknowledged":true}"#)
                case "DELETE":
                    let found = state.bodies.removeValue(forKey: name) != nil
                    return .json("{}", status: found ? 200 : 404)
                default:
                    guard let body = state.bodies[name] else { return .json(#"{"status":404}"#, status: 404) }
                    if name.contains("/_doc/") { return .json(#"{"found":true,"_version":1,"_source":\#(body)}"#) }
                    let mappings = (try? JSONValue(parsing: Array(body.utf8)))?["mappings"]
                    let text = mappings.flatMap { try? String(decoding: $0.encoded(), as: UTF8.self) } ?? "{}"
                    return .json(
                        #"{"\#(name)":{"mappings":\#(text),"settings":{"index":{"uuid":"\#(name)-id"}}}}"#)
                }
            }
        }

        private static func allApplied(_ request: ScriptedRequest) -> String {
            let actions = request.text.split(separator: "\n").filter {
                $0.hasPrefix(#"{"index":{"#) || $0.hasPrefix(#"{"delete":{"#)
            }
            let items = actions.map { _ in #"{"index":{"_seq_no":7,"status":201}}"# }
            return #"{"errors":false,"items":[\#(items.joined(separator: ","))]}"#
        }
    }

    /// Runs a body against a cluster, and stops it.
    static func run(
        identity: String = elasticsearch7, tls: TLSConfiguration? = nil, options: [String: OptionValue] = [:],
        bulk: @escaping Script = { _, _ in nil }, other: @escaping Script = { _, _ in nil },
        _ body: (ScriptedCluster, ElasticsearchSink) async throws -> Void
    ) async throws {
        let cluster = try await ScriptedCluster(identity: identity, tls: tls, bulk: bulk, other: other)
        let sink = try cluster.sink(options)
        do {
            try await body(cluster, sink)
        } catch {
            await sink.close()
            try await cluster.server.stop()
            throw error
        }
        await sink.close()
        try await cluster.server.stop()
    }
}

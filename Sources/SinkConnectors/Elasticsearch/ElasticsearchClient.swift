internal import AsyncHTTPClient
internal import Connector
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// Sends requests to one cluster, whichever of its nodes answers.
///
/// It never repeats a request: what an answer means, and what follows from it, is decided above.
final class ElasticsearchClient: Sendable {
    /// How long a `Retry-After` is obeyed at the most.
    static let quietMax: Duration = .seconds(60)

    private let options: ElasticsearchOptions
    private let authorization: String?
    private let connections: HTTPConnections
    private let logger: Logger
    private let state: Mutex<State>

    private struct State {
        var ring: NodeRing
        var server: ElasticsearchServer?
    }

    /// - Throws: ``MillraceError`` where a certificate file cannot be read.
    init(_ options: ElasticsearchOptions, logger: Logger) throws {
        self.options = options
        self.logger = logger
        authorization = options.credentials.authorization
        connections = HTTPConnections(
            tls: options.nodes.contains { $0.isSecure } ? try options.tls.configuration() : nil,
            timeout: options.sending.timeout, connectTimeout: options.sending.connectTimeout,
            concurrency: options.sending.lanes + 1)
        state = Mutex(State(ring: NodeRing(options.nodes)))
    }

    /// What answers, once ``detect()`` has found out.
    var server: ElasticsearchServer? {
        state.withLock { $0.server }
    }

    /// Sends one request to the next node.
    ///
    /// - Throws: ``MillraceError`` with `sinkUnavailable` where no answer came, so that the outcome is unknown.
    func send(_ request: ElasticsearchRequest) async throws -> HTTPAnswer {
        try await waitWhileQuiet()
        let node = state.withLock { $0.ring.take(now: .now) }
        do {
            let response = try await exchange(request, with: options.nodes[node])
            note(response, from: node)
            return response
        } catch {
            state.withLock { $0.ring.failed(node, now: .now) }
            if error is CancellationError || Task.isCancelled { throw CancellationError() }
            throw MillraceError(
                .sinkUnavailable, ConnectionFailure.reason(error, of: "the cluster"),
                underlying: error is NIOTooManyBytesError ? error : nil)
        }
    }

    /// Finds out which product and version answers.
    func detect() async throws -> ElasticsearchServer {
        let response = try await send(.get("/"))
        try AnswerTable.requireSuccess(response, doing: "asking the cluster what it is")
        let server = try ElasticsearchServer(try response.json())
        state.withLock { $0.server = server }
        return server
    }

    /// Closes every connection; the next request opens new ones.
    func close() async {
        do {
            try await connections.close()
        } catch {
            logger.debug("the connections to the cluster did not close cleanly")
        }
    }

    private func exchange(_ request: ElasticsearchRequest, with node: HTTPAddress) async throws -> HTTPAnswer {
        var outgoing = HTTPClientRequest(url: node.base + request.path)
        outgoing.method = request.method
        if let authorization { outgoing.headers.add(name: "Authorization", value: authorization) }
        let mediaType = MediaType(server)
        outgoing.headers.add(name: "Accept", value: mediaType.json)
        if let body = request.body {
            outgoing.headers.add(name: "Content-Type", value: mediaType.name(request.content))
            try outgoing.setBody(body, isCompressing: options.isCompressing)
        }
        return try await connections.send(outgoing)
    }

    private func note(_ response: HTTPAnswer, from node: Int) {
        let quiet = response.retryAfter.map { min(.seconds(max(0, $0)), Self.quietMax) }
        state.withLock { state in
            let isFailing = [502, 503, 504].contains(response.status)
            if isFailing { state.ring.failed(node, now: .now) } else { state.ring.succeeded(node) }
            if let quiet, isFailing || response.status == 429 { state.ring.keepQuiet(until: .now + quiet) }
        }
    }

    private func waitWhileQuiet() async throws {
        guard let until = state.withLock({ $0.ring.quietUntil }), until > .now else { return }
        try await Task.sleep(until: until)
    }
}

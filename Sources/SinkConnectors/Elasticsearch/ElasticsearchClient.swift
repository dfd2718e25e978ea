internal import AsyncHTTPClient
internal import Connector
internal import Gzip
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import Synchronization

/// Sends requests to one cluster, whichever of its nodes answers.
///
/// It never repeats a request: what an answer means, and what follows from it, is decided above. Redirects are not
/// followed, because they would carry the credentials to another host. Bodies are sent whole, with their length.
final class ElasticsearchClient: Sendable {
    /// How large an answer may be.
    static let responseBytesMax = 64 << 20
    /// How large a request body must be to be compressed.
    static let compressedBytesMin = 1024
    /// How long a `Retry-After` is obeyed at the most.
    static let quietMax: Duration = .seconds(60)

    private let options: ElasticsearchOptions
    private let authorization: String?
    private let tls: TLSConfiguration?
    private let logger: Logger
    private let state: Mutex<State>

    private struct State {
        var ring: NodeRing
        var client: HTTPClient?
        var server: ElasticsearchServer?
    }

    /// - Throws: ``MillraceError`` where a certificate file cannot be read.
    init(_ options: ElasticsearchOptions, logger: Logger) throws {
        self.options = options
        self.logger = logger
        authorization = options.credentials.authorization
        tls = options.nodes.contains { $0.isSecure } ? try options.tls.configuration() : nil
        state = Mutex(State(ring: NodeRing(options.nodes)))
    }

    /// What answers, once ``detect()`` has found out.
    var server: ElasticsearchServer? {
        state.withLock { $0.server }
    }

    /// Sends one request to the next node.
    ///
    /// - Throws: ``MillraceError`` with `sinkUnavailable` where no answer came, so that the outcome is unknown.
    func send(_ request: ElasticsearchRequest) async throws -> ElasticsearchResponse {
        try await waitWhileQuiet()
        let (node, client) = state.withLock { state in
            let client = state.client ?? makeClient()
            state.client = client
            return (state.ring.take(now: .now), client)
        }
        do {
            let response = try await exchange(request, with: options.nodes[node], over: client)
            note(response, from: node)
            return response
        } catch {
            state.withLock { $0.ring.failed(node, now: .now) }
            if error is CancellationError || Task.isCancelled { throw CancellationError() }
            throw MillraceError(.sinkUnavailable, ConnectionFailure.reason(error))
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
        let client = state.withLock { state in
            defer { state.client = nil }
            return state.client
        }
        do {
            try await client?.shutdown()
        } catch {
            logger.debug("the connections to the cluster did not close cleanly")
        }
    }

    private func exchange(
        _ request: ElasticsearchRequest, with node: NodeAddress, over client: HTTPClient
    ) async throws -> ElasticsearchResponse {
        var outgoing = HTTPClientRequest(url: node.base + request.path)
        outgoing.method = request.method
        if let authorization { outgoing.headers.add(name: "Authorization", value: authorization) }
        let mediaType = MediaType(server)
        outgoing.headers.add(name: "Accept", value: mediaType.json)
        if let body = request.body {
            outgoing.headers.add(name: "Content-Type", value: mediaType.name(request.content))
            // Small bodies cost more to compress than they save.
            if options.isCompressing, body.count >= Self.compressedBytesMin {
                outgoing.headers.add(name: "Content-Encoding", value: "gzip")
                outgoing.body = .bytes(ByteBuffer(bytes: try Gzip.compress(body)))
            } else {
                outgoing.body = .bytes(ByteBuffer(bytes: body))
            }
        }
        let incoming = try await client.execute(outgoing, timeout: TimeAmount(options.timeout))
        return ElasticsearchResponse(
            status: Int(incoming.status.code), body: try await incoming.body.collect(upTo: Self.responseBytesMax),
            retryAfter: incoming.headers.first(name: "Retry-After").flatMap { Int($0) })
    }

    private func note(_ response: ElasticsearchResponse, from node: Int) {
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

    private func makeClient() -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(
                connect: TimeAmount(options.connectTimeout), read: TimeAmount(options.timeout),
                write: TimeAmount(options.timeout)))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = options.lanes + 1
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}

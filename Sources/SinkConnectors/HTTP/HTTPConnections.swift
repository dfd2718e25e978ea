internal import AsyncHTTPClient
internal import Gzip
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import Synchronization

/// The connections to a target that speaks HTTP, opened when one is first needed.
///
/// A request is never repeated: what an answer means, and what follows from it, is decided above. Redirects are not
/// followed, because they would carry the credentials to another host. Bodies are sent whole, with their length.
final class HTTPConnections: Sendable {
    /// How large an answer may be.
    static let responseBytesMax = 64 << 20
    /// How large a request body must be to be compressed: small ones cost more to compress than they save.
    static let compressedBytesMin = 1024

    private let tls: TLSConfiguration?
    private let timeout: Duration
    private let connectTimeout: Duration
    private let concurrency: Int
    private let client = Mutex<HTTPClient?>(nil)

    /// - Parameters:
    ///   - timeout: how long one request may take in all.
    ///   - concurrency: how many connections to one host are kept.
    init(tls: TLSConfiguration?, timeout: Duration, connectTimeout: Duration, concurrency: Int) {
        self.tls = tls
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.concurrency = concurrency
    }

    /// Sends a request whose body, if there is one, is set by ``AsyncHTTPClient/HTTPClientRequest/setBody(_:isCompressing:)``.
    func send(_ request: HTTPClientRequest) async throws -> HTTPAnswer {
        let client = client.withLock { client in
            let open = client ?? makeClient()
            client = open
            return open
        }
        let incoming = try await client.execute(request, timeout: TimeAmount(timeout))
        return HTTPAnswer(
            status: Int(incoming.status.code), body: try await incoming.body.collect(upTo: Self.responseBytesMax),
            retryAfter: incoming.headers.first(name: "Retry-After").flatMap { Int($0) })
    }

    /// Closes every connection; the next request opens new ones.
    func close() async throws {
        let open = client.withLock { client in
            defer { client = nil }
            return client
        }
        try await open?.shutdown()
    }

    private func makeClient() -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(
                connect: TimeAmount(connectTimeout), read: TimeAmount(timeout), write: TimeAmount(timeout)))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = concurrency
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}

extension HTTPClientRequest {
    /// Gives the request its body, as gzip where that is wanted and worth it.
    mutating func setBody(_ bytes: [UInt8], isCompressing: Bool) throws {
        if isCompressing, bytes.count >= HTTPConnections.compressedBytesMin {
            headers.add(name: "Content-Encoding", value: "gzip")
            body = .bytes(ByteBuffer(bytes: try Gzip.compress(bytes)))
        } else {
            body = .bytes(ByteBuffer(bytes: bytes))
        }
    }
}

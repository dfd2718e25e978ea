internal import AsyncHTTPClient
internal import Connector
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// Sends requests to one server.
///
/// It never repeats a request: what an answer means, and what follows from it, is decided above.
final class InfluxDBClient: Sendable {
    /// How long a `Retry-After` is obeyed at the most.
    static let quietMax: Duration = .seconds(60)

    let options: InfluxDBOptions
    private let authorization: String?
    private let connections: HTTPConnections
    /// Until when the server asked to be left alone.
    private let quietUntil = Mutex<ContinuousClock.Instant?>(nil)

    /// - Throws: ``MillraceError`` where a certificate file cannot be read.
    init(_ options: InfluxDBOptions) throws {
        self.options = options
        authorization = options.credentials.authorization(options.api)
        connections = HTTPConnections(
            tls: options.address.isSecure ? try options.tls.configuration() : nil, timeout: options.sending.timeout,
            connectTimeout: options.sending.connectTimeout, concurrency: options.sending.lanes + 1)
    }

    /// Writes lines of line protocol.
    ///
    /// - Throws: ``MillraceError`` with `sinkUnavailable` where no answer came, so that the outcome is unknown.
    func write(_ lines: [UInt8]) async throws -> HTTPAnswer {
        let database = PathPart.encode(options.database)
        let path =
            switch options.api {
            case .v1:
                "/write?db=\(database)&precision=ns"
                    + (options.retentionPolicy.map { "&rp=\(PathPart.encode($0))" } ?? "")
            case .v2:
                "/api/v2/write?org=\(PathPart.encode(options.organization ?? ""))&bucket=\(database)&precision=ns"
            case .v3: "/api/v3/write_lp?db=\(database)&precision=nanosecond&accept_partial=true"
            }
        return try await send(
            .POST, path, content: "text/plain; charset=utf-8", body: lines, isCompressing: options.isCompressing)
    }

    /// Runs statements of InfluxQL and returns the table of each; the times in it are nanoseconds.
    ///
    /// - Throws: ``MillraceError`` for whatever is not success of every statement.
    func query(_ statements: String, doing: String) async throws -> [QueryTable] {
        var path = "/query?db=\(PathPart.encode(options.database))&epoch=ns"
        if let policy = options.retentionPolicy { path += "&rp=\(PathPart.encode(policy))" }
        let answer = try await send(
            .POST, path, content: "application/x-www-form-urlencoded",
            body: Array("q=\(PathPart.encode(statements))".utf8))
        try InfluxDBAnswers.requireSuccess(answer, doing: doing)
        return try QueryTable.tables(answer.body.readableBytesUInt8Span, doing: doing)
    }

    /// Deletes what a predicate of InfluxDB 2 names within a range of time, both ends included.
    func delete(from start: String, to end: String, predicate: String, doing: String) async throws {
        let path =
            "/api/v2/delete?org=\(PathPart.encode(options.organization ?? ""))&bucket="
            + PathPart.encode(options.database)
        let body: JSONValue = ["start": .text(start), "stop": .text(end), "predicate": .text(predicate)]
        let answer = try await send(.POST, path, content: "application/json", body: try body.encoded())
        try InfluxDBAnswers.requireSuccess(answer, doing: doing)
    }

    /// Closes every connection; the next request opens new ones.
    func close() async {
        // Nothing is under way any more: what does not close cleanly is closed all the same.
        try? await connections.close()
    }

    private func send(
        _ method: HTTPMethod, _ path: String, content: String, body: [UInt8], isCompressing: Bool = false
    ) async throws -> HTTPAnswer {
        if let until = quietUntil.withLock({ $0 }), until > .now { try await Task.sleep(until: until) }
        var request = HTTPClientRequest(url: options.address.base + path)
        request.method = method
        if let authorization { request.headers.add(name: "Authorization", value: authorization) }
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: "Content-Type", value: content)
        do {
            try request.setBody(body, isCompressing: isCompressing)
            let answer = try await connections.send(request)
            if let seconds = answer.retryAfter, answer.status == 429 || answer.status == 503 {
                let instant = ContinuousClock.now + min(.seconds(max(0, seconds)), Self.quietMax)
                quietUntil.withLock { $0 = max($0 ?? instant, instant) }
            }
            return answer
        } catch {
            if error is CancellationError || Task.isCancelled { throw CancellationError() }
            throw MillraceError(
                .sinkUnavailable, ConnectionFailure.reason(error, of: "InfluxDB"),
                underlying: error is NIOTooManyBytesError ? error : nil)
        }
    }
}

internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
public import NIOSSL
internal import Synchronization

/// An HTTP server on a free port of loopback that answers as a script says, and remembers what it was asked.
///
/// It stands in for what no real server can be brought to do at will: overload, half an answer, silence, a version of
/// the future.
public final class ScriptedHTTPServer: Sendable {
    /// Decides on the answer to a request; called on the server's own threads.
    public typealias Script = @Sendable (ScriptedRequest) -> ScriptedAnswer

    public let port: Int
    private let channel: any Channel
    private let isSecure: Bool
    private let log: RequestLog

    /// Starts listening.
    ///
    /// - Parameter tls: the server's certificate and key; plain HTTP without.
    public init(tls: TLSConfiguration? = nil, answering script: @escaping Script) async throws {
        let log = RequestLog()
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(ScriptedExchange(log: log, script: script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = channel.localAddress?.port else { throw ChannelError.unknownLocalAddress }
        self.port = port
        self.log = log
        isSecure = tls != nil
    }

    /// Where it listens.
    public var url: String { "\(isSecure ? "https" : "http")://127.0.0.1:\(port)" }

    /// What it was asked so far, in order of arrival.
    public var requests: [ScriptedRequest] { log.requests }

    /// Stops listening; connections that are open end with their answer.
    public func stop() async throws {
        try await channel.close()
    }
}

/// The requests that a scripted server has received, in order.
final class RequestLog: Sendable {
    private let state = Mutex<[ScriptedRequest]>([])

    var requests: [ScriptedRequest] { state.withLock { $0 } }

    func append(_ request: ScriptedRequest) {
        state.withLock { $0.append(request) }
    }
}

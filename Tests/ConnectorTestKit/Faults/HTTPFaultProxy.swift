internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// An HTTP proxy on a free port of loopback that passes requests on, or does to them what a rule says.
public final class HTTPFaultProxy: Sendable {
    /// What becomes of a request.
    public enum Fault: Sendable {
        /// It is answered here, and the server never sees it.
        case answer(status: Int, body: String = "{}", headers: [String: String] = [:])
        /// The server does what it asks, and the answer is this one.
        case answerAfterwards(status: Int)
        /// Every other item of a bulk request fails so; the server gets the others.
        case failEveryOther(status: Int, type: String)
        /// The connection closes without an answer, and the server never sees it.
        case hangUp
        /// The server does what it asks, and the connection closes without an answer.
        case hangUpAfterwards
    }

    /// Decides on a request; nil passes it on. Called on the proxy's own threads.
    public typealias Rule = @Sendable (ScriptedRequest) -> Fault?

    public let port: Int
    private let channel: any Channel
    private let book: HTTPFaultBook

    /// Listens, and passes on to a port of loopback.
    public init(to target: Int) async throws {
        let book = HTTPFaultBook(target: target)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(HTTPFaultExchange(book))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = channel.localAddress?.port else { throw ChannelError.unknownLocalAddress }
        self.port = port
        self.book = book
    }

    public var url: String { "http://127.0.0.1:\(port)" }

    /// How many requests were done something to.
    public var faultCount: Int { book.state.withLock { $0.faultCount } }

    /// How many requests passed untouched.
    public var passedCount: Int { book.state.withLock { $0.passedCount } }

    /// Does this to every request for which the rule says so.
    public func rule(_ rule: @escaping Rule) { book.state.withLock { $0.rule = rule } }

    /// Does the same to every bulk request.
    public func toBulks(_ fault: Fault) {
        rule { $0.path.hasPrefix("/_bulk") ? fault : nil }
    }

    /// Passes everything on from now.
    public func heal() { book.state.withLock { $0.rule = { _ in nil } } }

    public func stop() async throws { try await channel.close() }
}

/// What an HTTP fault proxy does, and has done.
final class HTTPFaultBook: Sendable {
    struct State {
        var rule: HTTPFaultProxy.Rule = { _ in nil }
        var faultCount = 0
        var passedCount = 0
    }

    let target: Int
    let state = Mutex(State())

    init(target: Int) { self.target = target }

    func fault(for request: ScriptedRequest) -> HTTPFaultProxy.Fault? {
        let rule = state.withLock { $0.rule }
        let fault = rule(request)
        state.withLock { state in
            if fault == nil { state.passedCount += 1 } else { state.faultCount += 1 }
        }
        return fault
    }
}

internal import BoltCodec
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// One connection to a server, from connecting to its first failure; it authenticates nobody.
final class BoltConnection: Sendable {
    private let channel: any Channel
    let version: BoltVersion

    private init(_ channel: any Channel, version: BoltVersion) {
        self.channel = channel
        self.version = version
    }

    /// Connects, with TLS where a context is given, and agrees on a version.
    ///
    /// - Throws: ``BoltConnectionError``, or what the channel threw.
    static func connect(
        to address: BoltAddress, tls: NIOSSLContext?, connectTimeout: Duration, timeout: Duration
    ) async throws -> BoltConnection {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let agreed = loop.makePromise(of: BoltVersion.self)
        let channel: any Channel
        do {
            channel = try await ServerChannel.connect(
                on: loop, to: address.host, port: address.port, tls: tls, timeout: connectTimeout
            ) { BoltChannelHandler(timeout: TimeAmount(timeout), agreed: agreed) }
        } catch {
            agreed.fail(error)
            throw error
        }
        return BoltConnection(channel, version: try await agreed.futureResult.get())
    }

    var isOpen: Bool { channel.isActive }

    /// Sends requests at once and returns their replies in order.
    ///
    /// Cancelling the task closes the connection: what was sent may or may not have happened.
    ///
    /// - Throws: ``BoltConnectionError``, and nothing for a reply that is a failure.
    func send(_ requests: [BoltRequest]) async throws -> [BoltReply] {
        var bytes = channel.allocator.buffer(capacity: 1024)
        for request in requests { BoltChunks.append(request.message(version), to: &bytes) }
        let promise = channel.eventLoop.makePromise(of: [BoltReply].self)
        let exchange = BoltExchange(bytes: bytes, replyCount: requests.count, promise: promise)
        return try await withTaskCancellationHandler {
            // A channel that is closed already never gives the exchange to the handler.
            channel.writeAndFlush(exchange).whenFailure { _ in promise.fail(BoltConnectionError.closed) }
            return try await promise.futureResult.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    /// Says good-bye, to which there is no reply, and closes.
    func close() async {
        var bytes = channel.allocator.buffer(capacity: 16)
        BoltChunks.append(BoltRequest.goodbye.message(version), to: &bytes)
        let promise = channel.eventLoop.makePromise(of: [BoltReply].self)
        promise.futureResult.whenComplete { _ in }
        try? await channel.writeAndFlush(BoltExchange(bytes: bytes, replyCount: 1, promise: promise))
        try? await channel.close()
    }
}

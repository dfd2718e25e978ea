internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import RedisCodec

/// One connection to a server, from connecting to its first failure.
final class RedisConnection: Sendable {
    private let channel: any Channel

    private init(_ channel: any Channel) {
        self.channel = channel
    }

    /// Connects, with TLS where a context is given; authenticates nobody.
    static func connect(
        to address: RedisAddress, tls: NIOSSLContext?, connectTimeout: Duration, timeout: Duration
    ) async throws -> RedisConnection {
        let channel = try await ServerChannel.connect(
            on: MultiThreadedEventLoopGroup.singleton, to: address.host, port: address.port, tls: tls,
            timeout: connectTimeout
        ) { RedisChannelHandler(timeout: TimeAmount(timeout)) }
        return RedisConnection(channel)
    }

    var isOpen: Bool { channel.isActive }

    /// Sends commands at once and returns their replies in order. Several calls may be under way.
    ///
    /// Cancelling the task closes the connection: what was sent may or may not have happened.
    ///
    /// - Throws: ``RedisConnectionError``, and nothing for a reply that is an error.
    func send(_ commands: RedisCommands) async throws -> [RedisReply] {
        guard commands.count > 0 else { return [] }
        let promise = channel.eventLoop.makePromise(of: [RedisReply].self)
        let request = RedisRequest(
            bytes: channel.allocator.buffer(bytes: commands.bytes), replyCount: commands.count, promise: promise)
        return try await withTaskCancellationHandler {
            // A channel that is closed already never gives the request to the handler.
            channel.writeAndFlush(request).whenFailure { _ in promise.fail(RedisConnectionError.closed) }
            return try await promise.futureResult.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    func close() async {
        try? await channel.close()
    }
}

internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import RedisCodec

/// One connection to a server, from connecting to its first failure.
final class RedisConnection: Sendable {
    private let channel: any Channel
    /// Fails with the reason when the connection ends.
    private let ended: EventLoopFuture<Never>

    private init(_ channel: any Channel, ended: EventLoopFuture<Never>) {
        self.channel = channel
        self.ended = ended
    }

    /// Connects, with TLS where a context is given; authenticates nobody.
    static func connect(
        to address: RedisAddress, tls: NIOSSLContext?, connectTimeout: Duration, timeout: Duration
    ) async throws -> RedisConnection {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let ended = loop.makePromise(of: Never.self)
        do {
            let channel = try await ServerChannel.connect(
                on: loop, to: address.host, port: address.port, tls: tls, timeout: connectTimeout
            ) { RedisChannelHandler(timeout: TimeAmount(timeout), ended: ended) }
            return RedisConnection(channel, ended: ended.futureResult)
        } catch {
            ended.fail(error)
            throw error
        }
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
            // A channel that is closed already never gives the request to the handler, which knows why.
            channel.writeAndFlush(request).whenFailure { [ended] _ in ended.whenFailure { promise.fail($0) } }
            return try await promise.futureResult.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    func close() async {
        try? await channel.close()
    }
}

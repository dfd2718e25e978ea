internal import NIOCore
internal import RedisCodec

/// Writes requests, reads replies, and hands each request its replies in order. Lives on the channel's event loop.
final class RedisChannelHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = RedisRequest
    typealias OutboundOut = ByteBuffer

    private let reader = RedisReplyReader()
    private let silence: SilenceTimer
    private let ended: EventLoopPromise<Never>
    private var waiting: CircularBuffer<RedisRequest> = []
    /// What the first waiting request has received so far.
    private var replies: [RedisReply] = []
    private var failure: RedisConnectionError?

    /// - Parameters:
    ///   - timeout: how long the server may be silent while a request waits.
    ///   - ended: fails with the reason when the connection is of no use any more.
    init(timeout: TimeAmount, ended: EventLoopPromise<Never>) {
        silence = SilenceTimer(timeout: timeout)
        self.ended = ended
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let request = unwrapOutboundIn(data)
        if let failure {
            request.promise.fail(failure)
            promise?.fail(failure)
            return
        }
        if waiting.isEmpty {
            silence.reset()
            replies.reserveCapacity(request.replyCount)
        }
        waiting.append(request)
        watch(context)
        context.write(wrapOutboundOut(request.bytes), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard failure == nil else { return }
        silence.reset()
        do {
            try reader.feed(unwrapInboundIn(data))
            while let reply = try reader.next() {
                guard let request = waiting.first else { return fail(.unexpectedReply, context) }
                replies.append(reply)
                if replies.count == request.replyCount { answer(request) }
            }
        } catch {
            fail(.malformed(error), context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.closed, context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(RedisConnectionError(channelError: error), context)
    }

    private func answer(_ request: RedisRequest) {
        waiting.removeFirst()
        let answered = replies
        replies = []
        if let next = waiting.first { replies.reserveCapacity(next.replyCount) }
        request.promise.succeed(answered)
    }

    private func watch(_ context: ChannelHandlerContext) {
        silence.start(
            on: context.eventLoop,
            while: { [weak self] in self.map { $0.failure == nil && !$0.waiting.isEmpty } ?? false },
            onSilence: { [weak self] in self?.fail(.timedOut, context) })
    }

    private func fail(_ error: RedisConnectionError, _ context: ChannelHandlerContext) {
        guard failure == nil else { return }
        failure = error
        silence.stop()
        let left = waiting
        waiting = []
        replies = []
        for request in left { request.promise.fail(error) }
        ended.fail(error)
        context.close(promise: nil)
    }
}

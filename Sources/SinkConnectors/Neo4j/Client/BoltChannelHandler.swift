internal import BoltCodec
internal import NIOCore

/// Agrees on a version, writes requests, puts replies together, and hands each exchange its own, in order. Lives on the
/// channel's event loop.
final class BoltChannelHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = BoltExchange
    typealias OutboundOut = ByteBuffer

    /// How large the reply to one exchange may be.
    static let replyBytesMax = 64 << 20

    private let silence: SilenceTimer
    private let agreed: EventLoopPromise<BoltVersion>
    private var handshake: ByteBuffer? = ByteBuffer()
    private var reader = BoltChunkReader(messageBytesMax: replyBytesMax)
    private var waiting: CircularBuffer<BoltExchange> = []
    /// What the first waiting exchange has received so far.
    private var replies: [BoltReply] = []
    private var records: [[PackStreamValue]] = []
    private var replyBytes = 0
    private var failure: BoltConnectionError?

    /// - Parameters:
    ///   - timeout: how long the server may be silent while an exchange waits.
    ///   - agreed: gets the version that the server chose.
    init(timeout: TimeAmount, agreed: EventLoopPromise<BoltVersion>) {
        silence = SilenceTimer(timeout: timeout)
        self.agreed = agreed
    }

    func channelActive(context: ChannelHandlerContext) {
        silence.reset()
        watch(context)
        context.writeAndFlush(
            wrapOutboundOut(context.channel.allocator.buffer(bytes: BoltVersion.handshake)), promise: nil)
        context.fireChannelActive()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        if let failure {
            exchange.promise.fail(failure)
            promise?.fail(failure)
            return
        }
        if waiting.isEmpty { silence.reset() }
        waiting.append(exchange)
        watch(context)
        context.write(wrapOutboundOut(exchange.bytes), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard failure == nil else { return }
        silence.reset()
        var bytes = unwrapInboundIn(data)
        guard agree(&bytes, context) else { return }
        replyBytes += bytes.readableBytes
        reader.feed(bytes)
        do throws(PackStreamError) {
            while failure == nil, let message = try reader.next() {
                guard !waiting.isEmpty else { return fail(.unexpectedMessage, context) }
                guard replyBytes <= Self.replyBytesMax else { throw .tooLarge }
                take(try BoltResponse(message))
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
        fail(BoltConnectionError(channelError: error), context)
    }

    /// Takes the server's choice out of the first bytes; false until there are messages to read.
    private func agree(_ bytes: inout ByteBuffer, _ context: ChannelHandlerContext) -> Bool {
        guard var answer = handshake else { return true }
        answer.writeBuffer(&bytes)
        handshake = answer
        guard let choice = answer.readBytes(length: 4) else { return false }
        guard let version = BoltVersion(answer: choice) else {
            fail(.version, context)
            return false
        }
        handshake = nil
        agreed.succeed(version)
        if waiting.isEmpty { silence.stop() }
        bytes = answer
        return bytes.readableBytes > 0
    }

    private func take(_ response: BoltResponse) {
        switch response {
        case .record(let values): records.append(values)
        case .success(let metadata): end(.success(metadata))
        case .failure(let failure): end(.failure(failure))
        case .ignored: end(.ignored)
        }
    }

    private func end(_ end: BoltReply.End) {
        replies.append(BoltReply(records: records, end: end))
        records = []
        guard let first = waiting.first, replies.count == first.replyCount else { return }
        waiting.removeFirst()
        let answered = replies
        replies = []
        replyBytes = 0
        first.promise.succeed(answered)
    }

    private func watch(_ context: ChannelHandlerContext) {
        silence.start(
            on: context.eventLoop,
            while: { [weak self] in
                self.map { $0.failure == nil && (!$0.waiting.isEmpty || $0.handshake != nil) } ?? false
            },
            onSilence: { [weak self] in self?.fail(.timedOut, context) })
    }

    private func fail(_ error: BoltConnectionError, _ context: ChannelHandlerContext) {
        guard failure == nil else { return }
        failure = error
        silence.stop()
        let left = waiting
        waiting = []
        replies = []
        records = []
        if handshake != nil { agreed.fail(error) }
        for exchange in left { exchange.promise.fail(error) }
        context.close(promise: nil)
    }
}

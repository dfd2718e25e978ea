internal import NIOCore
internal import NIOPosix
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// One connection through a fault proxy: the client's channel, the server's, and what is on its way between them.
///
/// Confined to the event loop that both channels belong to; ``wake()`` and ``reset()`` may be called from anywhere.
final class FaultLink: @unchecked Sendable {
    private let client: any Channel
    private let book: LinkBook
    private let number: Int
    private var server: (any Channel)?
    private var toServer = Lane()
    private var toClient = Lane()
    private var isConnecting = false
    private var isOver = false
    /// What is left until this link is torn.
    private var left: Int?

    /// What is on its way in one direction.
    private struct Lane {
        var waiting: [(bytes: ByteBuffer, ready: NIODeadline)] = []
        var waitingBytes = 0
        var next = NIODeadline.now()
        var isAlarmed = false
        var hasEnded = false
        var isReading = false
    }

    /// So much waits at the most before reading stops.
    private static let waitingBytesMax = 256 << 10

    static func begin(_ client: any Channel, book: LinkBook) throws {
        let number = book.state.withLock { state in
            state.connectionCount += 1
            return state.connectionCount
        }
        let link = FaultLink(client, book: book, number: number)
        try client.pipeline.syncOperations.addHandler(FaultEnd(link, direction: .toServer))
        book.state.withLock { $0.links[number] = link }
    }

    private init(_ client: any Channel, book: LinkBook, number: Int) {
        self.client = client
        self.book = book
        self.number = number
        left = book.tearAfter()
    }

    /// Has the link look at its orders.
    func wake() { client.eventLoop.execute { self.look() } }

    /// Ends both connections as a crash would.
    func reset() { client.eventLoop.execute { self.end(isReset: true) } }

    func received(_ bytes: ByteBuffer, _ direction: FaultProxy.Direction) {
        let ready = NIODeadline.now() + book.orders.delay
        with(direction) { lane in
            lane.isReading = false
            lane.waiting.append((bytes, ready))
            lane.waitingBytes += bytes.readableBytes
        }
        look()
    }

    func ended(_ direction: FaultProxy.Direction) {
        with(direction) { $0.hasEnded = true }
        look()
    }

    private func look() {
        // A channel that is not active yet forgets that it was asked to read.
        guard !isOver, client.isActive || toServer.hasEnded else { return }
        let orders = book.orders
        if orders.isRefusing { return end(isReset: true) }
        guard !orders.isHole else { return }
        guard server != nil else { return toServer.hasEnded ? end(isReset: false) : connect() }
        pass(.toServer, orders)
        pass(.toClient, orders)
    }

    private func connect() {
        guard !isConnecting else { return }
        isConnecting = true
        let port = book.state.withLock { $0.target }
        let link = self
        ClientBootstrap(group: client.eventLoop)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FaultEnd(link, direction: .toClient))
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .whenComplete { result in
                switch result {
                case .success(let channel):
                    link.server = channel
                    if link.isOver { channel.close(promise: nil) } else { link.look() }
                case .failure: link.end(isReset: true)
                }
            }
    }

    private func pass(_ direction: FaultProxy.Direction, _ orders: FaultOrders) {
        guard let server, !isOver else { return }
        let (from, to) = direction == .toServer ? (client, server) : (server, client)
        while !isOver, let first = with(direction, { $0.waiting.first }) {
            let ready = max(first.ready, with(direction) { $0.next })
            guard ready <= .now() else { return alarm(direction, at: ready) }
            let pace = orders.pace[direction]
            var bytes = first.bytes
            let part = bytes.readSlice(length: min(bytes.readableBytes, pace.map { max(1, $0 / 20) } ?? .max)) ?? bytes
            with(direction) { lane in
                lane.waitingBytes -= part.readableBytes
                if bytes.readableBytes == 0 { lane.waiting.removeFirst() } else { lane.waiting[0].bytes = bytes }
                if pace != nil { lane.next = .now() + .milliseconds(50) }
            }
            deliver(part, direction, to: to)
        }
        guard !isOver else { return }
        let (hasEnded, mayRead) = with(direction) { lane in
            (lane.hasEnded, !lane.hasEnded && !lane.isReading && lane.waitingBytes < Self.waitingBytesMax)
        }
        if hasEnded { return end(isReset: false) }
        // Whoever reads nothing is sent nothing more, as without a proxy.
        if mayRead, to.isWritable {
            with(direction) { $0.isReading = true }
            from.read()
        }
    }

    private func deliver(_ bytes: ByteBuffer, _ direction: FaultProxy.Direction, to: any Channel) {
        let count = bytes.readableBytes
        var allowed = book.spend(count, direction)
        if let left {
            if left <= count { allowed = min(allowed ?? left, left) }
            self.left = left - count
        }
        guard let allowed else { return to.writeAndFlush(bytes, promise: nil) }
        var part = bytes
        guard let passed = part.readSlice(length: allowed) else { return end(isReset: true) }
        // What may pass has to leave before the reset, which throws away what has not.
        isOver = true
        to.writeAndFlush(passed).whenComplete { _ in
            self.isOver = false
            self.end(isReset: true)
        }
    }

    private func alarm(_ direction: FaultProxy.Direction, at time: NIODeadline) {
        let isSet = with(direction) { lane in
            defer { lane.isAlarmed = true }
            return lane.isAlarmed
        }
        guard !isSet else { return }
        client.eventLoop.scheduleTask(deadline: time) {
            self.with(direction) { $0.isAlarmed = false }
            self.look()
        }
    }

    private func end(isReset: Bool) {
        guard !isOver else { return }
        isOver = true
        _ = book.state.withLock { $0.links.removeValue(forKey: number) }
        for channel in [client, server].compactMap(\.self) {
            if isReset, let provider = channel as? any SocketOptionProvider {
                _ = provider.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            }
            channel.close(promise: nil)
        }
    }

    @discardableResult
    private func with<Value>(_ direction: FaultProxy.Direction, _ body: (inout Lane) -> Value) -> Value {
        switch direction {
        case .toServer: body(&toServer)
        case .toClient: body(&toClient)
        }
    }
}

/// One end of a link: tells it what arrived there.
private final class FaultEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let link: FaultLink
    private let direction: FaultProxy.Direction

    init(_ link: FaultLink, direction: FaultProxy.Direction) {
        self.link = link
        self.direction = direction
    }

    func channelActive(context: ChannelHandlerContext) { link.wake() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        link.received(unwrapInboundIn(data), direction)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { link.wake() }

    func channelInactive(context: ChannelHandlerContext) { link.ended(direction) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { link.reset() }
}

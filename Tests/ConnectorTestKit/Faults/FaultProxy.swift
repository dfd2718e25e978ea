internal import Randomness
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A TCP proxy on a free port of loopback that does to the connections through it what networks do.
///
/// Every order holds for the connections that are open and for those that come, until the next one; they add up until
/// ``heal()``.
public final class FaultProxy: Sendable {
    /// Which way bytes go.
    public enum Direction: Sendable { case toServer, toClient }

    public let port: Int
    private let channel: any Channel
    private let book: LinkBook

    /// Listens, and passes on to a port of loopback.
    public init(to target: Int) async throws {
        let book = LinkBook(target: target)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { client in
                client.eventLoop.makeCompletedFuture { try FaultLink.begin(client, book: book) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = channel.localAddress?.port else { throw ChannelError.unknownLocalAddress }
        self.port = port
        self.book = book
    }

    /// How many connections were made through it so far.
    public var connectionCount: Int { book.state.withLock { $0.connectionCount } }

    /// How many connections are open now.
    public var openCount: Int { book.state.withLock { $0.links.count } }

    /// How many bytes it has passed on, both ways.
    public var byteCount: Int { book.state.withLock { $0.passed } }

    /// Takes everything back: what was held is passed on, and what comes is passed on at once.
    public func heal() { book.change { $0.orders = FaultOrders() } }

    /// Resets every open connection; new ones are passed on.
    public func cut() { for link in book.state.withLock({ $0.links.values }) { link.reset() } }

    /// Passes so many more bytes that way, over all connections, and then resets the connection that carried them.
    public func cut(afterBytes count: Int, _ direction: Direction) {
        book.change { $0.orders.budget[direction] = count }
    }

    /// Resets every connection after so many bytes of its own, drawn from a range anew for each; one seed gives one
    /// sequence of draws.
    public func tear(afterBytes range: ClosedRange<Int>, seed: UInt64) {
        book.change { state in
            state.orders.tearing = range
            state.random = SeededNumbers(seed: seed)
        }
    }

    /// Takes every byte and every connection, and passes nothing on and says nothing.
    public func blackHole() { book.change { $0.orders.isHole = true } }

    /// Resets every connection, and every new one at once.
    public func refuse() {
        book.change { $0.orders.isRefusing = true }
        cut()
    }

    /// Delivers everything so much later, either way.
    public func delay(_ time: Duration) { book.change { $0.orders.delay = TimeAmount(time) } }

    /// Delivers at the most so many bytes a second that way, and reads no faster.
    public func slow(_ direction: Direction, bytesPerSecond: Int) {
        book.change { $0.orders.pace[direction] = bytesPerSecond }
    }

    /// Leads new connections to another port, and resets the open ones: another server has the address now.
    public func retarget(_ port: Int) {
        book.change { $0.target = port }
        cut()
    }

    /// Stops listening and resets every connection.
    public func stop() async throws {
        book.change { $0.orders.isRefusing = true }
        cut()
        try await channel.close()
    }
}

public import BoltCodec
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// One message as a client sent it.
public struct BoltAsked: Sendable, Hashable {
    /// Which connection it came over, from zero.
    public var connection: Int
    public var tag: UInt8
    public var fields: [PackStreamValue]
}

/// What a scripted server does with a message.
public enum ScriptedBoltAnswer: Sendable {
    /// Records, and then success with this metadata.
    case success([String: PackStreamValue] = [:], records: [[PackStreamValue]] = [])
    /// Refuses; what follows is ignored until the client resets.
    case failure(String)
    /// Keeps the connection open and says nothing.
    case silence
    /// Closes the connection without a word.
    case hangUp
    /// These bytes, whatever they are.
    case raw([UInt8])
}

/// A server on a free port of loopback that speaks Bolt as its specification says (handshake, chunking, the states of a
/// connection), answers as a script says, and remembers what it was asked.
public final class ScriptedBoltServer: Sendable {
    /// Decides on one message, nil for the answer of a server that is well; called on the server's own threads.
    public typealias Script = @Sendable (BoltAsked) -> ScriptedBoltAnswer?

    /// How the server behaves besides its script.
    public struct Manner: Sendable {
        /// The four bytes that choose a version.
        public var choice: [UInt8]
        /// Answers are held back until a message of this tag has come.
        public var holdsUntil: UInt8?
        /// Empty chunks that come before every message.
        public var noops: Int
        /// After how many bytes the first connection breaks off; nil for never.
        public var cutsAfter: Int?
        /// How many bytes are written at once.
        public var stride: Int

        public init(
            _ version: BoltVersion = .newest, holdsUntil: UInt8? = nil, noops: Int = 0, cutsAfter: Int? = nil,
            stride: Int = .max
        ) {
            choice = [0, 0, version.minor, version.major]
            self.holdsUntil = holdsUntil
            self.noops = noops
            self.cutsAfter = cutsAfter
            self.stride = stride
        }
    }

    public let port: Int
    private let channel: any Channel
    private let box: Box

    struct Log {
        var asked: [BoltAsked] = []
        var handshakes: [[UInt8]] = []
    }

    public init(_ manner: Manner = Manner(), answering script: @escaping Script = { _ in nil }) async throws {
        let box = Box()
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ScriptedBoltConnection(number: box.nextConnection(), manner: manner, box: box, script: script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = channel.localAddress?.port else { throw ChannelError.unknownLocalAddress }
        self.port = port
        self.box = box
    }

    /// What it was asked so far, in order of arrival.
    public var asked: [BoltAsked] { box.log.withLock { $0.asked } }

    /// What clients said first.
    public var handshakes: [[UInt8]] { box.log.withLock { $0.handshakes } }

    /// Stops listening.
    public func stop() async throws {
        try await channel.close()
    }

    /// What the connections share.
    final class Box: Sendable {
        let log = Mutex(Log())
        private let connections = Mutex(0)

        func nextConnection() -> Int {
            connections.withLock { number in
                defer { number += 1 }
                return number
            }
        }
    }
}

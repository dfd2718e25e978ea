public import Checkpoints
internal import Connector
internal import NIOCore
internal import NIOPosix

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Speaks to the process that runs a pipeline.
public struct ControlClient: Sendable {
    /// An answer has no more bytes.
    static let answerBytesMax = 256 << 20

    private let pipeline: String
    private let folder: StateFolder

    /// - Parameter folder: the state folder of the running process.
    public init(pipeline: String, folder: StateFolder) {
        self.pipeline = pipeline
        self.folder = folder
    }

    /// Asks and waits for the answer.
    ///
    /// - Returns: nil if no process listens.
    /// - Throws: ``ControlFailure``, the process's own or that it went away before it answered.
    public func ask(_ request: ControlRequest) async throws -> ControlAnswer? {
        let path = try SocketPath(of: pipeline, in: folder)
        let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
        do {
            channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(unixDomainSocketPath: path.text) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
        } catch let error as IOError where error.errnoCode == ENOENT || error.errnoCode == ECONNREFUSED {
            return nil
        }
        let line = try await channel.executeThenClose { inbound, outbound in
            var bytes = try ControlJSON.encode(request)
            bytes.append(UInt8(ascii: "\n"))
            try await outbound.write(ByteBuffer(bytes: bytes))
            var splitter = LineSplitter(lengthMax: Self.answerBytesMax)
            for try await buffer in inbound {
                if let line = try splitter.take(buffer).first { return line }
            }
            throw ControlFailure(.stateUnavailable, "the process that runs the pipeline ended before it answered")
        }
        let answer = try ControlJSON.decode(ControlAnswer.self, from: line)
        if let error = answer.error { throw error }
        return answer
    }
}

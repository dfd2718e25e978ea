public import Checkpoints
internal import Connector
public import Logging
internal import NIOCore
internal import NIOPosix
public import ServiceLifecycle

/// Listens on the socket beside a pipeline's state and answers what is asked there: a line of JSON for a line of JSON.
///
/// Only the owner of the state folder can connect. Whoever runs a server holds the pipeline's lock.
public struct ControlServer: Service {
    /// A request has no more bytes.
    static let requestBytesMax = 64 << 10

    private let desk: ControlDesk
    private let folder: StateFolder
    private let logger: Logger
    private let onListening: @Sendable () -> Void

    /// - Parameters:
    ///   - folder: where the socket is made.
    ///   - onListening: called once it listens.
    public init(
        desk: ControlDesk, folder: StateFolder, logger: Logger, onListening: @escaping @Sendable () -> Void = {}
    ) {
        self.desk = desk
        self.folder = folder
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until the process shuts down or the task is cancelled.
    public func run() async throws {
        let path = try SocketPath(of: desk.name, in: folder)
        // The lock is ours, so a socket that is there was left by a process that is gone.
        path.unlinkFile()
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(unixDomainSocketPath: path.text) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        try path.restrict()
        defer { path.unlinkFile() }
        onListening()
        do {
            try await cancelWhenGracefulShutdown { try await serve(server) }
        } catch is CancellationError {
            // That is how it is told to end.
        }
    }

    private func serve(_ server: NIOAsyncChannel<NIOAsyncChannel<ByteBuffer, ByteBuffer>, Never>) async throws {
        try await withTaskCancellationHandler {
            try await withThrowingDiscardingTaskGroup { group in
                try await server.executeThenClose { connections in
                    for try await connection in connections {
                        group.addTask { await answer(connection) }
                    }
                }
                group.cancelAll()
            }
        } onCancel: {
            server.channel.close(promise: nil)
        }
    }

    private func answer(_ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async {
        do {
            try await connection.executeThenClose { inbound, outbound in
                var splitter = LineSplitter(lengthMax: Self.requestBytesMax)
                for try await buffer in inbound {
                    for line in try splitter.take(buffer) where !line.isEmpty {
                        var answer = try ControlJSON.encode(await answer(line, on: connection.channel))
                        answer.append(UInt8(ascii: "\n"))
                        try await outbound.write(ByteBuffer(bytes: answer))
                    }
                }
            }
        } catch {
            logger.debug("a connection to the control socket ended", metadata: ["reason": "\(type(of: error))"])
        }
    }

    private func answer(_ line: [UInt8], on channel: any Channel) async -> ControlAnswer {
        guard let request = try? ControlJSON.decode(ControlRequest.self, from: line) else {
            var answer = ControlAnswer()
            answer.error = ControlFailure(.configuration, "the request is not known here; both sides need one version")
            return answer
        }
        guard request.command == .audit else { return await desk.answer(request) }
        return await answer(request, whileOpen: channel)
    }

    /// Answers what takes long and changes nothing that someone else waits for: it ends when who asked goes away.
    private func answer(_ request: ControlRequest, whileOpen channel: any Channel) async -> ControlAnswer {
        await withTaskGroup(of: ControlAnswer?.self) { group in
            let (gone, continuation) = AsyncStream.makeStream(of: Never.self)
            channel.closeFuture.whenComplete { _ in continuation.finish() }
            group.addTask { await desk.answer(request) }
            group.addTask {
                for await _ in gone {}
                return nil
            }
            defer { group.cancelAll() }
            while let ended = await group.next() {
                if let answer = ended { return answer }
                group.cancelAll()
            }
            return ControlAnswer()
        }
    }
}

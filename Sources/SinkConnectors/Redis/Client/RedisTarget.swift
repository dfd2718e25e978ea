internal import Connector
internal import NIOSSL
internal import RedisCodec
internal import Synchronization

/// The server that all connections of one sink go to, and which incarnation of it they must find there.
final class RedisTarget: Sendable {
    let options: RedisOptions
    /// What the connections call themselves in `CLIENT LIST`.
    let clientName: String
    private let state = Mutex(State())

    private struct State {
        var tls: NIOSSLContext?
        var incarnation: SinkIncarnation?
    }

    init(options: RedisOptions, pipeline: String) {
        self.options = options
        clientName = "millrace:\(pipeline)"
    }

    /// Accepts whatever answers next.
    func forget() { state.withLock { $0.incarnation = nil } }

    /// The incarnation that was accepted, nil before the first connection.
    var incarnation: SinkIncarnation? { state.withLock { $0.incarnation } }

    /// A connection that is authenticated, in the right database, and has the scripts.
    ///
    /// - Throws: ``Connector/MillraceError`` with the code `sinkReplaced` where another incarnation answers than the
    ///   one that was accepted first.
    func connect() async throws -> RedisSession {
        let connection: RedisConnection
        do {
            connection = try await RedisConnection.connect(
                to: options.address, tls: try tlsContext(), connectTimeout: options.sending.connectTimeout,
                timeout: options.sending.timeout)
        } catch {
            throw RedisFailures.unavailable(error)
        }
        do {
            let session = try await RedisSession.begin(on: connection, options: options, clientName: clientName)
            try accept(session.incarnation)
            return session
        } catch {
            await connection.close()
            throw RedisFailures.unavailable(error)
        }
    }

    private func accept(_ found: SinkIncarnation) throws {
        let isKnown = state.withLock { state in
            if state.incarnation == nil { state.incarnation = found }
            return state.incarnation == found
        }
        guard isKnown else {
            throw MillraceError(
                .sinkReplaced, "Redis was started again or replaced since it was last written to: its marker decides")
        }
    }

    private func tlsContext() throws -> NIOSSLContext? {
        guard options.address.isEncrypted else { return nil }
        if let context = state.withLock({ $0.tls }) { return context }
        let context = try NIOSSLContext(configuration: try options.tls.configuration())
        state.withLock { $0.tls = context }
        return context
    }
}

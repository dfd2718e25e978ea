internal import BoltCodec
internal import Connector
internal import NIOSSL
internal import Synchronization

/// The server, or the cluster, that all connections of one sink go to.
final class BoltTarget: Sendable {
    let options: Neo4jOptions
    private let tls = Mutex<NIOSSLContext?>(nil)
    /// Members that answered ROUTE before; asked where the named one does not answer.
    private let routers = Mutex<[String]>([])

    init(_ options: Neo4jOptions) {
        self.options = options
    }

    /// A session on the server that takes writes.
    ///
    /// - Throws: ``MillraceError``.
    func connect() async throws -> BoltSession {
        guard options.address.isRouting else { return try await connect(to: options.address) }
        let known = routers.withLock { $0 }.compactMap { options.address.neighbour($0) }
        var problem: any Error = MillraceError(.sinkUnavailable, "no member of the cluster answers")
        for router in [options.address] + known {
            do {
                let table = try await route(by: router)
                routers.withLock { $0 = table.routers }
                for writer in table.writers.compactMap({ options.address.neighbour($0) }) {
                    return try await connect(to: writer)
                }
                problem = MillraceError(.sinkUnavailable, "the cluster has no member that takes writes now")
            } catch let error as MillraceError where error.code != .sinkUnavailable {
                throw error
            } catch {
                problem = error
            }
        }
        throw problem
    }

    private func route(by router: BoltAddress) async throws -> RoutingTable {
        let session = try await connect(to: router)
        let context: [String: PackStreamValue] = ["address": .text("\(router.host):\(router.port)")]
        do {
            let replies = try await session.connection.send([
                .route(context: context, database: options.address.database)
            ])
            await session.connection.close()
            if let failure = replies[0].failure { throw Neo4jFailures.thrown(for: failure) }
            guard let table = RoutingTable(replies[0].metadata) else {
                throw MillraceError(.sinkUnavailable, "the server's routing table cannot be read")
            }
            return table
        } catch {
            await session.connection.close()
            throw Neo4jFailures.unavailable(error)
        }
    }

    private func connect(to address: BoltAddress) async throws -> BoltSession {
        let connection: BoltConnection
        do {
            connection = try await BoltConnection.connect(
                to: address, tls: try tlsContext(), connectTimeout: options.sending.connectTimeout,
                timeout: options.sending.timeout)
        } catch {
            throw Neo4jFailures.unavailable(error)
        }
        do {
            let routing: [String: PackStreamValue]? =
                address.isRouting ? ["address": .text("\(address.host):\(address.port)")] : nil
            return try await BoltSession.begin(
                on: connection, BoltGreeting(user: address.user, password: address.password, routing: routing))
        } catch {
            await connection.close()
            throw Neo4jFailures.unavailable(error)
        }
    }

    private func tlsContext() throws -> NIOSSLContext? {
        guard options.address.encryption != .none else { return nil }
        if let context = tls.withLock({ $0 }) { return context }
        var settings = options.tls
        if options.address.encryption == .unverified { settings.isVerifying = false }
        var configuration = try settings.configuration()
        configuration.minimumTLSVersion = .tlsv12
        let context = try NIOSSLContext(configuration: configuration)
        tls.withLock { $0 = context }
        return context
    }
}

internal import Control
internal import Logging
internal import ServiceLifecycle

/// Serves if it can: another process may have the address that nobody asked for.
struct OptionalService: Service {
    private let server: StatusServer
    private let address: HTTPAddress
    private let logger: Logger

    init(_ server: StatusServer, of address: HTTPAddress, logger: Logger) {
        self.server = server
        self.address = address
        self.logger = logger
    }

    func run() async throws {
        do {
            try await server.run()
        } catch {
            logger.warning(
                "health and metrics are not served: the address is taken; choose another with --http",
                metadata: ["address": "\(address)"])
            try? await gracefulShutdown()
        }
    }
}

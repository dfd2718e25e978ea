internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// A TCP connection to a server of a protocol of its own, with TLS where a context is given.
enum ServerChannel {
    /// - Parameter handler: makes what speaks the protocol.
    static func connect(
        on group: any EventLoopGroup, to host: String, port: Int, tls: NIOSSLContext?, timeout: Duration,
        adding handler: @escaping @Sendable () -> any ChannelHandler
    ) async throws -> any Channel {
        try await ClientBootstrap(group: group)
            .connectTimeout(TimeAmount(timeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: certificateName(host, port)))
                    }
                    try channel.pipeline.syncOperations.addHandler(handler())
                }
            }
            .connect(host: host, port: port).get()
    }

    /// The name that the server's certificate must bear; nil where the host is an address, which is then compared
    /// itself.
    private static func certificateName(_ host: String, _ port: Int) -> String? {
        (try? SocketAddress(ipAddress: host, port: port)) == nil ? host : nil
    }
}

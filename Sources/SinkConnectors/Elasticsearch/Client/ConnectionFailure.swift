internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Words for why no answer came; they name neither address nor content.
enum ConnectionFailure {
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where timeouts.contains(error): "the cluster did not answer in time"
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            "the cluster closed the connection before it had answered"
        case let error as IOError where error.errnoCode != ECONNREFUSED: "the connection to the cluster was lost"
        case is NIOConnectionError, is IOError: "no connection to the cluster could be made"
        case is NIOTooManyBytesError: "the cluster's answer is larger than any that was asked for"
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: "the TLS handshake with the cluster failed"
        default: "the exchange with the cluster failed (\(type(of: error)))"
        }
    }

    private static let timeouts: [HTTPClientError] = [
        .readTimeout, .writeTimeout, .connectTimeout, .tlsHandshakeTimeout, .deadlineExceeded,
        .getConnectionFromPoolTimeout,
    ]
}

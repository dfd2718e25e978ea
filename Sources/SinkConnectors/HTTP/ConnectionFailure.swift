internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Words for why no answer came; they name neither address nor content.
enum ConnectionFailure {
    /// - Parameter target: what did not answer, such as `the cluster`.
    static func reason(_ error: any Error, of target: String) -> String {
        switch error {
        case let error as HTTPClientError where timeouts.contains(error): "\(target) did not answer in time"
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            "\(target) closed the connection before it had answered"
        case let error as IOError where error.errnoCode != ECONNREFUSED: "the connection to \(target) was lost"
        case is NIOConnectionError, is IOError: "no connection to \(target) could be made"
        case is NIOTooManyBytesError: "the answer of \(target) is larger than any that was asked for"
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: "the TLS handshake with \(target) failed"
        default: "the exchange with \(target) failed (\(type(of: error)))"
        }
    }

    private static let timeouts: [HTTPClientError] = [
        .readTimeout, .writeTimeout, .connectTimeout, .tlsHandshakeTimeout, .deadlineExceeded,
        .getConnectionFromPoolTimeout,
    ]
}

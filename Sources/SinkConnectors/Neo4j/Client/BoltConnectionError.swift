internal import BoltCodec
internal import NIOSSL

/// Why a connection is of no use any more: what was asked may or may not have happened.
enum BoltConnectionError: Error, CustomStringConvertible {
    case closed
    case timedOut
    case malformed(PackStreamError)
    /// The server speaks none of the versions from 4.4 to 5.4.
    case version
    case untrusted
    case notEncrypted
    case unexpectedMessage

    var description: String {
        switch self {
        case .closed: "the connection was closed"
        case .timedOut: "the server did not answer in time"
        case .malformed(let error): "\(error)"
        case .version: "what answers does not speak Bolt of the versions 4.4 to 5.4"
        case .untrusted: "the server's certificate is not trusted, or is not of this host"
        case .notEncrypted: "what answers at this port does not speak TLS"
        case .unexpectedMessage: "the server sent more than it was asked for"
        }
    }

    /// What an error of the channel means.
    init(channelError error: any Error) {
        if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
            self = .untrusted
        } else if case .handshakeFailed(let cause) = error as? NIOSSLError {
            // The library's errors are told apart by their text alone.
            let text = "\(cause)"
            if text.contains("CERTIFICATE_VERIFY_FAILED") {
                self = .untrusted
            } else {
                self = text.contains("WRONG_VERSION_NUMBER") ? .notEncrypted : .closed
            }
        } else {
            self = .closed
        }
    }
}

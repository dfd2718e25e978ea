internal import BoltCodec

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
        switch TLSFailure(channelError: error) {
        case .untrusted: self = .untrusted
        case .notEncrypted: self = .notEncrypted
        case nil: self = .closed
        }
    }
}

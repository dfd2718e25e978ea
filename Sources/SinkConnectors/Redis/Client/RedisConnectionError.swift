internal import RedisCodec

/// Why a connection is of no use any more: what was asked may or may not have happened.
enum RedisConnectionError: Error {
    case closed
    case timedOut
    case malformed(RedisCodecError)
    /// The server's certificate is not trusted, or not its own.
    case untrusted
    /// What answers does not speak TLS.
    case notEncrypted
    /// The server spoke without having been asked.
    case unexpectedReply
}

extension RedisConnectionError: CustomStringConvertible {
    var description: String {
        switch self {
        case .closed: "the connection was closed"
        case .timedOut: "the server did not answer in time"
        case .malformed(let error): "\(error)"
        case .untrusted: "the server's certificate is not trusted, or is not of this host"
        case .notEncrypted: "what answers at this port does not speak TLS"
        case .unexpectedReply: "the server sent more replies than it was asked for"
        }
    }
}

extension RedisConnectionError {
    /// What an error of the channel means.
    init(channelError error: any Error) {
        switch TLSFailure(channelError: error) {
        case .untrusted: self = .untrusted
        case .notEncrypted: self = .notEncrypted
        case nil: self = .closed
        }
    }
}

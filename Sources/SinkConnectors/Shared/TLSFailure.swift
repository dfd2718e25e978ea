internal import NIOSSL

/// What a failed TLS handshake says of the server.
enum TLSFailure {
    /// The server's certificate is not trusted, or not its own.
    case untrusted
    /// What answers does not speak TLS.
    case notEncrypted

    /// - Parameter error: what the channel threw; nil comes of what says neither.
    init?(channelError error: any Error) {
        if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
            self = .untrusted
            return
        }
        guard case .handshakeFailed(let cause) = error as? NIOSSLError else { return nil }
        // The library's errors are told apart by their text alone.
        let text = "\(cause)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            self = .untrusted
        } else if text.contains("WRONG_VERSION_NUMBER") {
            self = .notEncrypted
        } else {
            return nil
        }
    }
}

internal import Connector
internal import NIOSSL

/// How a server proves who it is, and the client to it.
struct RedisTLS: Hashable, Sendable {
    /// A PEM file with the authorities to trust; nil for the system's.
    var authorityFile: String?
    var certificateFile: String?
    var keyFile: String?
    var isVerifying = true

    /// Reads the files.
    func makeContext() throws -> NIOSSLContext {
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            if let authorityFile { configuration.trustRoots = .file(authorityFile) }
            if let certificateFile {
                configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificateFile)
                    .map { .certificate($0) }
            }
            if let keyFile {
                configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: keyFile, format: .pem))
            }
            if !isVerifying { configuration.certificateVerification = .none }
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw MillraceError(
                .configuration,
                "a certificate or key file cannot be read: check `ca_file`, `certificate_file` and "
                    + "`key_file`")
        }
    }
}

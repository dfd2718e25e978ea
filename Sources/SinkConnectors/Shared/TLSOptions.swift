internal import Connector
internal import NIOSSL

/// How a server proves who it is, and the client to it.
struct TLSOptions: Hashable, Sendable {
    /// PEM file with the authorities to trust instead of the system's.
    var authorityFile: String?
    var certificateFile: String?
    var keyFile: String?
    /// False trusts any certificate: for laboratories only.
    var isVerifying = true

    static let descriptors = [
        OptionDescriptor("ca_file", .text, "A PEM file with the authorities to trust instead of the system's."),
        OptionDescriptor("certificate_file", .text, "A PEM file with the certificate chain to show to the server."),
        OptionDescriptor("key_file", .text, "A PEM file with the private key of `certificate_file`."),
        OptionDescriptor(
            "verify", .boolean, default: "true", "Whether the server's certificate and host name are checked."),
    ]

    init() {}

    /// Reads the options of ``descriptors``.
    ///
    /// - Parameters:
    ///   - isEncrypted: whether TLS is spoken at all; where not, none of them may be set.
    ///   - scheme: what the URL begins with where it is.
    init(_ values: OptionValues, isEncrypted: Bool, scheme: String, errors: inout [Diagnostic]) {
        for option in Self.descriptors where values[option.name] != nil && !isEncrypted {
            errors.append(
                values.error(
                    at: option.name, "`\(option.name)` is for TLS, and the URL does not begin with \(scheme)"))
        }
        authorityFile = values.text("ca_file")
        certificateFile = values.text("certificate_file")
        keyFile = values.text("key_file")
        isVerifying = values.boolean("verify") ?? true
        if (certificateFile == nil) != (keyFile == nil) {
            let present = certificateFile == nil ? "key_file" : "certificate_file"
            errors.append(values.error(at: present, "`certificate_file` and `key_file` go together"))
        }
    }

    /// - Throws: ``MillraceError`` with `configuration`, naming the option whose file cannot be read.
    func configuration() throws(MillraceError) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if !isVerifying { configuration.certificateVerification = .none }
        if let authorityFile {
            configuration.trustRoots = .certificates(
                try Self.read("ca_file") {
                    try NIOSSLCertificate.fromPEMFile(authorityFile)
                })
        }
        if let certificateFile, let keyFile {
            configuration.certificateChain = try Self.read("certificate_file") {
                try NIOSSLCertificate.fromPEMFile(certificateFile).map { .certificate($0) }
            }
            configuration.privateKey = .privateKey(
                try Self.read("key_file") { try NIOSSLPrivateKey(file: keyFile, format: .pem) })
        }
        return configuration
    }

    private static func read<Value>(_ option: String, _ load: () throws -> Value) throws(MillraceError) -> Value {
        do {
            return try load()
        } catch {
            throw MillraceError(.configuration, "the file that \(option) names cannot be read as PEM")
        }
    }
}

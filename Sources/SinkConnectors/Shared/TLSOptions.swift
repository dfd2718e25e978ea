internal import Connector
internal import NIOSSL

/// How a server proves who it is, and the client to it.
struct TLSOptions: Sendable {
    /// PEM file with the authorities to trust instead of the system's.
    var authorityFile: String?
    var certificateFile: String?
    var keyFile: String?
    /// False trusts any certificate: for laboratories only.
    var isVerifying = true

    /// Reads the options of a sink that has `ca_file`, `certificate_file`, `key_file` and `verify`.
    init(_ values: OptionValues, errors: inout [Diagnostic]) {
        authorityFile = values.text("ca_file")
        certificateFile = values.text("certificate_file")
        keyFile = values.text("key_file")
        isVerifying = values.boolean("verify") ?? true
        if (certificateFile == nil) != (keyFile == nil) {
            errors.append(
                values.error(at: "certificate_file", "certificate_file and key_file belong together; one is missing"))
        }
    }

    /// - Throws: ``MillraceError`` with `configuration`, naming the option whose file cannot be read.
    func configuration() throws(MillraceError) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
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

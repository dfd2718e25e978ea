internal import Connector
internal import Foundation
internal import NIOSSL

extension ElasticsearchOptions.Credentials {
    /// The value of the `Authorization` header.
    var authorization: String? {
        switch self {
        case .none: nil
        case .basic(let user, let password):
            "Basic " + Data("\(user):\(password.revealed)".utf8).base64EncodedString()
        case .apiKey(let key): "ApiKey \(key.revealed)"
        case .bearer(let token): "Bearer \(token.revealed)"
        }
    }

    var isNone: Bool {
        if case .none = self { true } else { false }
    }
}

extension ElasticsearchOptions.TLSOptions {
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

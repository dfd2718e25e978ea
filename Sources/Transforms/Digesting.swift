internal import Connector
internal import Crypto
internal import Foundation
internal import Wire

/// Replaces a text by its digest in lower-case hexadecimal: an HMAC (RFC 2104) where there is a key.
///
/// Without a key, whoever can guess the texts can find them by trying.
struct Digesting: Sendable {
    let algorithm: TransformSpec.Digest.Algorithm
    let key: Secret?

    func append(_ text: Span<UInt8>, to output: inout [UInt8]) {
        let bytes = ExpressionText.bytes(text)
        switch algorithm {
        case .sha256: append(bytes, SHA256.self, to: &output)
        case .sha384: append(bytes, SHA384.self, to: &output)
        case .sha512: append(bytes, SHA512.self, to: &output)
        }
    }

    private func append<Algorithm: HashFunction>(_ bytes: [UInt8], _: Algorithm.Type, to output: inout [UInt8]) {
        if let key {
            let code = HMAC<Algorithm>.authenticationCode(
                for: bytes, using: SymmetricKey(data: Array(key.revealed.utf8)))
            output.append(hex: Array(code).span)
        } else {
            output.append(hex: Array(Algorithm.hash(data: bytes)).span)
        }
    }
}

import Foundation
import NIOSSL

/// A certificate for `localhost` and 127.0.0.1, and the authority that signed it: made for these tests, by
/// `openssl req -x509` and `openssl x509 -req` on the curve prime256v1, and worth nothing elsewhere.
enum TestCertificates {
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBqzCCAVGgAwIBAgIUcPuTLxAu7B8KPZReHwl4RpGSxvIwCgYIKoZIzj0EAwIw
        IjEgMB4GA1UEAwwXTWlsbHJhY2UgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTIxMDk0
        NzMzWhgPMjEyNjEwMjgwOTQ3MzNaMCIxIDAeBgNVBAMMF01pbGxyYWNlIHRlc3Qg
        YXV0aG9yaXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1aRl3zFiAB1M+gVW
        KhSZk4j5ntID5I4rnPWQRhgucsxs4kPBeffAbiyIVIDQ/IZ9iT0sQ7uNYPmpnwVS
        3MiV5KNjMGEwHQYDVR0OBBYEFDf/2V9LIgR5kGqkmQJPLUS0YbDWMB8GA1UdIwQY
        MBaAFDf/2V9LIgR5kGqkmQJPLUS0YbDWMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0P
        AQH/BAQDAgIEMAoGCCqGSM49BAMCA0gAMEUCIQCKOwWnUzwtUZr+t6qf4A8jfOit
        k3MchTVGLKwzx1WTsQIgF2KIRESJU/gCYdE5xg8RsBLazM3NVf0tpUYDRBZ7wTo=
        -----END CERTIFICATE-----
        """
    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBuDCCAV6gAwIBAgIUMIwDZgpOysbQfnvv8mH51xjUPOgwCgYIKoZIzj0EAwIw
        IjEgMB4GA1UEAwwXTWlsbHJhY2UgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTIxMDk0
        NzMzWhgPMjEyNjEwMjgwOTQ3MzNaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMG
        ByqGSM49AgEGCCqGSM49AwEHA0IABN0tiMAS8sD9SdHpvWFNyy1AsJFA2rxVoQRO
        igQgW3RbtaRgjAE+B4qW0J1jhA541QbyCrJBnHTRqLu1NLDRhkKjfjB8MBoGA1Ud
        EQQTMBGCCWxvY2FsaG9zdIcEfwAAATAJBgNVHRMEAjAAMBMGA1UdJQQMMAoGCCsG
        AQUFBwMBMB0GA1UdDgQWBBS3AfDJoAd3CkLESQ005Fbczl0nYDAfBgNVHSMEGDAW
        gBQ3/9lfSyIEeZBqpJkCTy1EtGGw1jAKBggqhkjOPQQDAgNIADBFAiAAiWUv/wFr
        b251pfvqTYI9JADTD37weL1MXjRdkazFbwIhAKV3A1QXrL9fYkWrLhGs0SoMjqPi
        jKNryCP1GATulDby
        -----END CERTIFICATE-----
        """
    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg0yX+kOw6mBPfoeMj
        OEjQG70y0BmVpMIaOJevY9ru9S6hRANCAATdLYjAEvLA/UnR6b1hTcstQLCRQNq8
        VaEETooEIFt0W7WkYIwBPgeKltCdY4QOeNUG8gqyQZx00ai7tTSw0YZC
        -----END PRIVATE KEY-----
        """

    /// What a server shows.
    static func server() throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map {
            NIOSSLCertificateSource.certificate($0)
        }
        let key = try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)
        return .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
    }

    /// Files with the authority, and with a server's certificate and key; deleted after the body.
    static func withFiles<Value>(
        _ body: (_ authority: String, _ certificate: String, _ key: String) async throws -> Value
    ) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var paths: [String] = []
        for (name, text) in [("authority.pem", authority), ("certificate.pem", certificate), ("key.pem", key)] {
            let file = folder.appending(path: name)
            try text.write(to: file, atomically: true, encoding: .utf8)
            paths.append(file.path)
        }
        return try await body(paths[0], paths[1], paths[2])
    }

    /// A file with the authority, deleted after the body.
    static func withAuthorityFile<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let file = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString).pem")
        try authority.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try await body(file.path)
    }
}

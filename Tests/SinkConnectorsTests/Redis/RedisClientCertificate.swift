/// A certificate that a client shows and that vouches for itself: made for these tests by `openssl req -x509`, and
/// worth nothing elsewhere.
enum RedisClientCertificate {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBqjCCAVCgAwIBAgIUbK2HUV6inmEZOMvrQG/eWKI7OB8wCgYIKoZIzj0EAwIw
        HzEdMBsGA1UEAwwUTWlsbHJhY2UgdGVzdCBjbGllbnQwIBcNMjYxMTIxMTEwMTU5
        WhgPMjEyNjEwMjgxMTAxNTlaMB8xHTAbBgNVBAMMFE1pbGxyYWNlIHRlc3QgY2xp
        ZW50MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEfBd5nkJe9roP7QThnk4pyMhc
        Nfu0hRZBs8RqQkBZYEgrUwFEcOszOWTGzjA5KTqefrgzreg2blM5gxqGhhVgyKNo
        MGYwHQYDVR0OBBYEFJ4SkFh53lbsHIINUjB2iArw/LQpMB8GA1UdIwQYMBaAFJ4S
        kFh53lbsHIINUjB2iArw/LQpMA8GA1UdEwEB/wQFMAMBAf8wEwYDVR0lBAwwCgYI
        KwYBBQUHAwIwCgYIKoZIzj0EAwIDSAAwRQIgeNdhhNKNYI8rCi11VW+5heFshOzu
        1DIFzGtrwE94QMUCIQD9gvug4qx/9V8qiE/OD7+QLJLG8drXKZEr6twsDaISPA==
        -----END CERTIFICATE-----
        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgD150jK376oUCn9kT
        l6KYpWNUBi4hjJt1/Lmxjd4EOzShRANCAAR8F3meQl72ug/tBOGeTinIyFw1+7SF
        FkGzxGpCQFlgSCtTAURw6zM5ZMbOMDkpOp5+uDOt6DZuUzmDGoaGFWDI
        -----END PRIVATE KEY-----
        """
}

import Control
import Testing

struct HTTPAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8686", "127.0.0.1:8686"), ("9000", "127.0.0.1:9000"), (":9000", "127.0.0.1:9000"),
        ("[::1]:80", "[::1]:80"), ("metrics.internal:65535", "metrics.internal:65535"),
    ])
    func anAddressIsReadInEveryFormThatTheHelpNames(text: String, expected: String) {
        #expect(HTTPAddress(text)?.description == expected)
    }

    @Test(arguments: [
        "", "localhost", "1:2:3", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", ":+80", "::1:80", "a:x",
    ])
    func whatIsNoAddressIsRefused(text: String) {
        #expect(HTTPAddress(text) == nil)
    }
}

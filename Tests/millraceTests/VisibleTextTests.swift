import Testing

@testable import millrace

struct VisibleTextTests {
    @Test(arguments: [
        ("plain, é, 日本, 😀, tab\tand\nline", "plain, é, 日本, 😀, tab\tand\nline"),
        ("\u{1B}[31mred\u{7}", "\\u001b[31mred\\u0007"),
        ("a\rb\u{0}c", "a\\u000db\\u0000c"),
        ("\u{9B}31m\u{7F}\u{85}", "\\u009b31m\\u007f\\u0085"),
        ("\u{202E}gnp.exe\u{2069}", "\\u202egnp.exe\\u2069"),
        ("a\u{2028}b", "a\\u2028b"),
    ])
    func nothingIsLeftThatATerminalWouldActOn(text: String, visible: String) {
        #expect(VisibleText.of(text) == visible)
    }
}

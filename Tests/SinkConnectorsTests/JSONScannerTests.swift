import Testing
import Wire

@testable import SinkConnectors

@Suite("JSON, read without a tree")
struct JSONScannerTests {
    /// Whether the text is one JSON value and nothing else.
    private func accepts(_ text: String) -> Bool { accepts(Array(text.utf8)) }

    private func accepts(_ bytes: [UInt8]) -> Bool {
        do throws(WireError) {
            var scanner = JSONScanner(bytes.span)
            _ = try scanner.skipValue()
            try scanner.expectEnd()
            return true
        } catch {
            return false
        }
    }

    @Test(arguments: [
        "0", "-0", "1.5e-10", "1E+3", "true", "false", "null", #""""#, #""a\"\\\/\b\f\n\r\té""#, "[]", "{}",
        " [ 1 , 2 ] ",
        #"{"a":{"b":[[],{},[{"c":null}]]},"d":1}"#, "\t\r\n1\n", #""😀""#,
    ])
    func whatIsJSONIsPassedOver(_ text: String) {
        #expect(accepts(text))
    }

    @Test(arguments: [
        "", " ", "01", "-", "1.", ".5", "1e", "+1", "tru", "nul", "falsey", "[1,]", "[,1]", "[1 2]", "{,}", #"{"a"}"#,
        #"{"a":}"#,
        #"{"a":1,}"#, #"{a:1}"#, #"{"a":1 "b":2}"#, "[", "{", "]", "[}", "{]", #"""#, #""\x""#, #""\u12g4""#, "\"\n\"",
        "1 2", "NaN",
    ])
    func whatIsNotIsRefused(_ text: String) {
        #expect(!accepts(text))
    }

    @Test func nestingIsBounded() {
        let depth = JSONScanner.depthMax
        #expect(accepts(String(repeating: "[", count: depth) + String(repeating: "]", count: depth)))
        #expect(!accepts(String(repeating: "[", count: depth + 1) + String(repeating: "]", count: depth + 1)))
        let mixed = String(repeating: #"{"a":["#, count: depth / 2) + String(repeating: "]}", count: depth / 2)
        #expect(accepts(mixed))
        #expect(!accepts(String(mixed.dropLast()) + "]"))
        #expect(!accepts([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)))
    }

    @Test(arguments: [("0", 0), ("-9223372036854775808", Int64.min), ("9223372036854775807", .max), ("42", 42)])
    func integersAreReadWhole(_ text: String, _ value: Int64) throws {
        let bytes = Array(text.utf8)
        var scanner = JSONScanner(bytes.span)
        #expect(try scanner.readInteger() == value)
    }

    @Test(arguments: ["9223372036854775808", "-9223372036854775809", "1.0", "1e3", "x", ""])
    func whatIsNoIntegerOf64BitsIsRefused(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(throws: WireError.self) {
            var scanner = JSONScanner(bytes.span)
            _ = try scanner.readInteger()
        }
    }
}

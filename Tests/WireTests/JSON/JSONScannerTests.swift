import Testing

@testable import Wire

@Suite("JSON, read without a tree")
struct JSONScannerTests {
    private func accepts(_ text: String) -> Bool { JSONScanner.isValid(text.utf8.span) }

    @Test(arguments: JSONExamples.valid) func whatIsJSONIsPassedOver(_ text: String) {
        #expect(accepts(text))
    }

    @Test(arguments: JSONExamples.invalid) func whatIsNotIsRefused(_ text: String) {
        #expect(!accepts(text))
    }

    @Test func nestingIsBounded() {
        let depth = JSONScanner.depthMax
        #expect(accepts(String(repeating: "[", count: depth) + String(repeating: "]", count: depth)))
        #expect(!accepts(String(repeating: "[", count: depth + 1) + String(repeating: "]", count: depth + 1)))
        let mixed = String(repeating: #"{"a":["#, count: depth / 2) + String(repeating: "]}", count: depth / 2)
        #expect(accepts(mixed))
        #expect(!accepts(String(mixed.dropLast()) + "]"))
        #expect(!accepts(String(repeating: "[", count: 1_000_000)))
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

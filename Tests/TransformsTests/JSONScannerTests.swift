import Randomness
import Foundation
import Testing

@testable import Transforms

@Suite struct JSONScannerTests {
    private func isValid(_ bytes: [UInt8]) -> Bool { JSONScanner.isValid(bytes.span) }

    @Test(arguments: [
        "{}", "[]", "0", "-0", "-1.5e+10", "true", "null", "\"\"", "\"a\\u00e4\\n\"", " {\"a\" : [1, {\"b\": null}] } ",
        "[[[]]]", "{\"a\":1,\"a\":2}",
    ])
    func jsonIsTaken(text: String) { #expect(isValid(Array(text.utf8))) }

    @Test(arguments: [
        "", " ", "{", "[", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "{'a':1}", "01", "-", "+1", "1.", ".5", "1e", "tru",
        "nul",
        "NaN", "\"", "\"\\x\"", "\"\\u12\"", "\"\n\"", "1 2", "[1 2]", "{\"a\":1,}", "[]]", "-01", "00",
    ])
    func whatIsNoJSONIsRefused(text: String) { #expect(!isValid(Array(text.utf8))) }

    @Test func depthIsCapped() {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect(isValid(nested(500)))
        #expect(!isValid(nested(100_000)))
    }

    @Test func membersAreThoseThatFoundationFinds() throws {
        let keys = ["a", "b\"", "ä", "\u{1F600}", "c/d", "n\n"]
        var random = SeededNumbers(seed: 2)
        for _ in 0..<500 {
            var object: [String: Any] = [:]
            for key in keys where random.below(3) > 0 {
                let values: [Any] = [1, "t\"e\\x\u{1F600}t", true, NSNull(), [1, "two"], ["x": "y"]]
                object[key] = random.pick(values)
            }
            let options: JSONSerialization.WritingOptions = random.below(2) == 0 ? [.prettyPrinted] : []
            let data = try JSONSerialization.data(withJSONObject: object, options: options)
            for key in keys {
                let found = try JSONScanner.member(.name(key), of: Array(data).span, asText: true)
                    .map { String(decoding: $0, as: UTF8.self) }
                switch object[key] {
                case nil, is NSNull: #expect(found == nil)
                case let text as String: #expect(found == text)
                default: #expect(found != nil)
                }
            }
        }
    }

    @Test func mutatedJSONNeverTraps() {
        var random = SeededNumbers(seed: 4)
        let original = Array(#"{"a": {"b": [1, "zw\u00fcei", null, -1.5e3]}, "z": "\ud83d\ude00", "c": "\ud83d"}"#.utf8)
        for _ in 0..<20_000 {
            var bytes = original
            bytes[random.below(bytes.count)] = random.pick(Array("{}[]:,\"\\u01-e.tn ".utf8) + [0, 0xFF])
            bytes = Array(bytes.prefix(random.below(bytes.count + 1)))
            _ = JSONScanner.isValid(bytes.span)
            _ = try? JSONScanner.member(.name("a"), of: bytes.span, asText: true)
            _ = try? JSONScanner.member(.name("c"), of: bytes.span, asText: true)
            _ = try? JSONScanner.member(.index(1), of: bytes.span, asText: true)
        }
    }
}

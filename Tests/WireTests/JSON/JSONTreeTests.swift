import Randomness
import Testing

@testable import Wire

@Suite struct JSONTreeTests {
    private func accepts(_ bytes: [UInt8]) -> Bool {
        do throws(WireError) {
            _ = try JSONTree(bytes.span)
            return true
        } catch {
            return false
        }
    }

    private func areEqual(_ left: String, _ right: String) throws -> Bool {
        let bytes = Array(left.utf8)
        let others = Array(right.utf8)
        let isEqual = try JSONTree(bytes.span).isEqual(to: JSONTree(others.span))
        #expect(try JSONTree(others.span).isEqual(to: JSONTree(bytes.span)) == isEqual)
        return isEqual
    }

    @Test(arguments: JSONExamples.valid) func whatIsJSONIsTakenApart(_ text: String) throws {
        #expect(accepts(Array(text.utf8)))
        #expect(try areEqual(text, "\n \(text) "))
    }

    @Test(arguments: JSONExamples.invalid) func whatIsNotIsRefused(_ text: String) {
        #expect(!accepts(Array(text.utf8)))
    }

    @Test func whatIsCutOffAnywhereIsRefused() {
        let text = Array(#"{"a":[1.5e3,true,null,{"b":"x\u00e9\n\""}],"c":{},"d":-0.1}"#.utf8)
        #expect(accepts(text))
        for end in text.indices { #expect(!accepts(Array(text[..<end]))) }
    }

    @Test func randomDamageNeverTraps() {
        var generator = SeededNumbers(seed: 11)
        let text = Array(#"{"a":[1.5e3,true,null,{"b":"x\u00e9\n\"\ud83d\ude00"}],"c":{"":[]},"d":-0.1}"#.utf8)
        let bytes = Array(#"{}[]",:\u0eE+-. tfn"#.utf8) + [0, 0x1F, 0x80, 0xFF]
        for _ in 0..<20_000 {
            var damaged = text
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: damaged.indices, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: damaged[place] = bytes[Int.random(in: bytes.indices, using: &generator)]
                case 1: damaged.remove(at: place)
                default: damaged.insert(bytes[Int.random(in: bytes.indices, using: &generator)], at: place)
                }
            }
            guard let differences = try? JSONDifference.between(expected: text.span, found: damaged.span) else {
                continue
            }
            for difference in differences {
                #expect(difference.expected.map { $0.upperBound <= text.count } ?? true)
                #expect(difference.found.map { $0.upperBound <= damaged.count } ?? true)
            }
        }
    }

    @Test func nestingIsBounded() throws {
        let depth = JSONScanner.depthMax
        func nested(_ open: String, _ inner: String, _ close: String, _ depth: Int) -> [UInt8] {
            Array((String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)).utf8)
        }
        #expect(accepts(nested("[", "", "]", depth)))
        #expect(!accepts(nested("[", "", "]", depth + 1)))
        #expect(accepts(nested(#"{"a":"#, "1", "}", depth)))
        #expect(!accepts(nested(#"{"a":"#, "1", "}", depth + 1)))
        #expect(!accepts([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)))
        // In another order at every level, and no slower for it.
        let left = nested(#"{"b":2,"a":"#, "1", "}", depth)
        let right = nested(#"{"a":"#, "1", #","b":2}"#, depth)
        #expect(try JSONDifference.between(expected: left.span, found: right.span).isEmpty)
        let other = nested(#"{"a":"#, "3", #","b":2}"#, depth)
        #expect(try JSONDifference.between(expected: left.span, found: other.span).count == 1)
    }

    @Test(arguments: [
        ("1", "1.0"), ("1e2", "100"), ("1E+2", "100.00"), ("0.001", "1e-3"), ("0", "-0.0"),
        ("0e999999999999999999", "0.00"),
        ("123456789012345678901234567890.1", "123456789012345678901234567890.10"), ("-1.50", "-15e-1"),
        ("100", "1.00e2"),
        ("10.01", "1001e-2"), (#""é""#, #""\u00e9""#), (#""😀""#, #""\ud83d\uDE00""#), (#""/\n""#, #""\/\u000a""#),
        (#"{"a":1,"b":[{}]}"#, #"{"b":[{}],"a":1.0}"#), (#"{"é":1}"#, #"{"\u00e9":1}"#), ("[ ]", "[]"),
        (#"{"a":1,"a":2}"#, #"{"a":1,"a":2}"#), ("1e1000000", "10e999999"), (#""\ud800""#, #""\uD800""#),
    ])
    func oneValueHasManyTexts(_ left: String, _ right: String) throws {
        #expect(try areEqual(left, right))
    }

    @Test(arguments: [
        ("1", "-1"), ("1", "10"), ("1", "1.0000000000000000000000001"), ("9007199254740993", "9007199254740992"),
        ("0.1", "0.10000000000000001"), ("1", #""1""#), ("null", "0"), ("true", "false"), ("[]", "{}"),
        ("[1]", "[1,1]"),
        ("[1,2]", "[2,1]"), (#"{"a":null}"#, "{}"), (#"{"a":1}"#, #"{"b":1}"#), (#""a""#, #""A""#), (#""a""#, #""A""#),
        ("\"\u{E9}\"", "\"e\u{301}\""),
        ("1e1000000000000000", "1e1000000000000001"), ("1e5", "1e-5"), (#"{"a":1,"a":2}"#, #"{"a":2,"a":1}"#),
        ("101", "11"), ("1.01", "10.1"), (#""\ud83d""#, #""\ude00""#), (#"{"a":{"b":1}}"#, #"{"a":{"b":2}}"#),
    ])
    func otherValuesAreNotEqual(_ left: String, _ right: String) throws {
        #expect(try !areEqual(left, right))
    }

    @Test func differencesAreNamed() throws {
        let expected = Array(#"{"b":[1,2],"a":"x","\u0063":null,"same":1}"#.utf8)
        let found = Array(#"{"same":1.0,"d":true,"b":[1,3],"a":"x"}"#.utf8)
        let differences = try JSONDifference.between(expected: expected.span, found: found.span)
        #expect(differences.map(\.name) == ["b", "c", "d"])
        func text(_ bytes: [UInt8], _ range: Range<Int>?) -> String? {
            range.map { String(decoding: bytes[$0], as: UTF8.self) }
        }
        #expect(differences.map { text(expected, $0.expected) } == ["[1,2]", "null", nil])
        #expect(differences.map { text(found, $0.found) } == ["[1,3]", nil, "true"])
        let whole = try JSONDifference.between(expected: "[1]".utf8.span, found: " {}".utf8.span)
        #expect(whole == [JSONDifference(name: nil, expected: 0..<3, found: 1..<3)])
        #expect(throws: WireError.self) { try JSONDifference.between(expected: "{}".utf8.span, found: "{".utf8.span) }
    }
}

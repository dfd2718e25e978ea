import Randomness
import Foundation
import Testing

@testable import Transforms

@Suite struct JSONMemberTests {
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
                let found = try JSONMember.value(.name(key), of: Array(data).span, asText: true)
                    .map { String(decoding: $0, as: UTF8.self) }
                switch object[key] {
                case nil, is NSNull: #expect(found == nil)
                case let text as String: #expect(found == text)
                default: #expect(found != nil)
                }
            }
        }
    }

    @Test func nothingHasNoMember() throws {
        let nothing: [UInt8] = Array(" ".utf8)
        #expect(try JSONMember.value(.name("a"), of: nothing.span, asText: true) == nil)
        #expect(try JSONMember.value(.index(0), of: nothing.span, asText: false) == nil)
    }

    @Test func mutatedJSONNeverTraps() {
        var random = SeededNumbers(seed: 4)
        let original = Array(#"{"a": {"b": [1, "zw\u00fcei", null, -1.5e3]}, "z": "\ud83d\ude00", "c": "\ud83d"}"#.utf8)
        for _ in 0..<20_000 {
            var bytes = original
            bytes[random.below(bytes.count)] = random.pick(Array("{}[]:,\"\\u01-e.tn ".utf8) + [0, 0xFF])
            bytes = Array(bytes.prefix(random.below(bytes.count + 1)))
            _ = try? JSONMember.value(.name("a"), of: bytes.span, asText: true)
            _ = try? JSONMember.value(.name("c"), of: bytes.span, asText: true)
            _ = try? JSONMember.value(.index(1), of: bytes.span, asText: true)
        }
    }
}

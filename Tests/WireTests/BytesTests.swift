import Foundation
import Testing
import Wire

@Suite struct BytesTests {
    @Test func base64IsThatOfFoundation() throws {
        var generator = SeededGenerator(seed: 6)
        for length in 0..<200 {
            let bytes = generator.bytes(length)
            let expected = Data(bytes).base64EncodedString()
            #expect(text { $0.append(base64: bytes.span) } == expected)
            let bytea = "\\x" + text { $0.append(hex: bytes.span) }
            #expect(try text { try $0.append(base64OfBytea: bytea.utf8.span) } == expected)
            #expect(try ByteaText.bytes(bytea.utf8.span) == bytes)
            #expect(try text { try $0.append(hexOfBytea: bytea.utf8.span) } == String(bytea.dropFirst(2)))
        }
    }

    @Test func uuidsAreReadAsOneNumber() throws {
        let number = try UUIDText.number("00000000-0000-0000-0000-0000000000fF".utf8.span)
        #expect(number == 255)
        #expect(try UUIDText.number("ffffffff-ffff-ffff-ffff-ffffffffffff".utf8.span) == .max)
        for text in [
            "", "ffffffffffffffffffffffffffffffffffff", "ffffffff-ffff-ffff-ffff-fffffffffff",
            "gfffffff-ffff-ffff-ffff-ffffffffffff",
        ] {
            #expect(throws: WireError.self) { try UUIDText.number(text.utf8.span) }
        }
    }

    @Test func spansCompareWithSpansAndLiterals() {
        func isEqual(_ left: String, _ right: String) -> Bool { left.utf8.span.isEqual(to: right.utf8.span) }
        func isEqual(_ left: String, literal: StaticString) -> Bool { left.utf8.span.isEqual(to: literal) }
        #expect(isEqual("abc", "abc") && isEqual("", "") && !isEqual("abc", "abd") && !isEqual("abc", "ab"))
        #expect(isEqual("abc", literal: "abc") && !isEqual("abc", literal: "abcd") && !isEqual("abd", literal: "abc"))
    }

    @Test func aStringThatIsNotUTF8IsRepairedOrRefused() throws {
        let bytes: [UInt8] = [0x61, 0xff]
        #expect(String(decoding: bytes.span) == "a\u{FFFD}")
        #expect(throws: WireError.self) { try String(exactly: bytes.span) }
        #expect(try String(exactly: "é".utf8.span) == "é")
    }
}

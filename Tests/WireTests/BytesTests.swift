import Randomness
import Foundation
import Testing
import Wire

@Suite struct BytesTests {
    @Test func base64IsThatOfFoundation() throws {
        var generator = SeededNumbers(seed: 6)
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

    @Test func spansOfEveryLengthCompareByEachOfTheirBytes() {
        func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool { left.span.isEqual(to: right.span) }
        var generator = SeededNumbers(seed: 8)
        for length in 0..<40 {
            let bytes = generator.bytes(length)
            #expect(isEqual(bytes, bytes) && !isEqual(bytes, bytes + [0]))
            for index in bytes.indices {
                var other = bytes
                other[index] ^= 0x80
                #expect(!isEqual(bytes, other))
            }
        }
    }

    @Test func theFirstZeroIsFoundWhereverItStands() {
        func firstZero(_ bytes: [UInt8], from start: Int) -> Int? { bytes.span.firstZero(from: start) }
        // Bytes beside a zero that look like one to arithmetic on words.
        for filler in [1, 0x80, 0xFF] as [UInt8] {
            for length in 0..<30 {
                let bytes = [UInt8](repeating: filler, count: length)
                #expect(firstZero(bytes, from: 0) == nil)
                for zero in bytes.indices {
                    var bytes = bytes
                    bytes[zero] = 0
                    if zero + 1 < length { bytes[zero + 1] = 1 }
                    if zero + 2 < length { bytes[zero + 2] = 0 }
                    for start in 0...zero { #expect(firstZero(bytes, from: start) == zero) }
                }
                #expect(firstZero(bytes, from: length) == nil)
            }
        }
    }

    @Test func aStringThatIsNotUTF8IsRepairedOrRefused() throws {
        let bytes: [UInt8] = [0x61, 0xff]
        #expect(String(decoding: bytes.span) == "a\u{FFFD}")
        #expect(throws: WireError.self) { try String(exactly: bytes.span) }
        #expect(try String(exactly: "é".utf8.span) == "é")
    }
}

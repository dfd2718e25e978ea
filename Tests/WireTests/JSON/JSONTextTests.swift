import Randomness
import Foundation
import Testing
import Wire

@Suite struct JSONTextTests {
    @Test func everyStringComesBackFromAnotherParser() throws {
        var generator = SeededNumbers(seed: 2)
        let alphabet: [Character] = [
            "a", "Z", " ", "\"", "\\", "\n", "\r", "\t", "\u{0}", "\u{1f}", "\u{7f}", "é", "€", "😀",
        ]
        for _ in 0..<3_000 {
            let length = Int.random(in: 0...40, using: &generator)
            let string = String((0..<length).map { _ in alphabet.randomElement(using: &generator) ?? "a" })
            let json = text { $0.append(jsonString: string) }
            #expect(!json.utf8.contains { $0 < 0x20 })
            let parsed = try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
            #expect((parsed as? String)?.utf8.elementsEqual(string.utf8) == true)
        }
    }

    @Test func aByteToEscapeIsFoundAtEveryPlaceOfAWord() {
        for length in 0..<40 {
            for place in 0..<length {
                for (byte, escaped) in [
                    (UInt8(ascii: "\""), "\\\""), (0x0a, "\\n"), (UInt8(ascii: "\\"), "\\\\"), (0, "\\u0000"),
                ] {
                    var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: length)
                    bytes[place] = byte
                    let expected =
                        String(repeating: "x", count: place) + escaped
                        + String(repeating: "x", count: length - place - 1)
                    #expect(text { $0.append(jsonString: bytes.span) } == "\"\(expected)\"")
                }
            }
        }
    }

    @Test func noByteIsTakenForAnotherThatNeedsAnEscape() {
        for byte in UInt8.min...UInt8.max where byte < 0x80 {
            let bytes = [UInt8](repeating: byte, count: 19)
            let needsEscape = byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
            #expect((text { $0.append(jsonString: bytes.span) }.utf8.count > 21) == needsEscape)
        }
    }

    @Test func whatIsNotUTF8IsRepairedAsTheStandardLibraryDoes() {
        var generator = SeededNumbers(seed: 3)
        let seeds: [[UInt8]] = [
            [0xC0, 0x80], [0xC1], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80],
            [0xF5], [0xFF], [0x80], [0xE2, 0x82], [0xF0, 0x9F, 0x98], Array("é€😀".utf8),
        ]
        for _ in 0..<20_000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let seed = seeds.randomElement(using: &generator) ?? []
                bytes += Bool.random(using: &generator) ? seed : generator.bytes(3).map { $0 | 0x80 }
                if Bool.random(using: &generator) { bytes.append(UInt8(ascii: "a")) }
            }
            let repaired = String(decoding: bytes, as: UTF8.self)
            var output: [UInt8] = []
            let isExact = output.append(jsonString: bytes.span)
            #expect(output == Array("\"\(repaired)\"".utf8))
            #expect(isExact == (Array(repaired.utf8) == bytes))
            #expect(isExact == UTF8Text.isValid(bytes.span))
        }
    }

    @Test func aDocumentIsPutOnOneLineAndNotOtherwiseChanged() throws {
        #expect(
            try text { try $0.append(jsonDocument: "{\n\t\"a\\\\\": \"\\\"\",\r\n \"é\": 1}".utf8.span) }
                == "{  \"a\\\\\": \"\\\"\",   \"é\": 1}")
        for document in ["", "\"a\tb\"", "[\"\n\"]", "\n\"\\\"\n\""] {
            var output: [UInt8] = [7]
            #expect(throws: WireError.self) { try output.append(jsonDocument: document.utf8.span) }
            #expect(output == [7])
        }
    }

    @Test func mutatedDocumentsNeverBreakTheLine() {
        var generator = SeededNumbers(seed: 4)
        let document = Array("{\n \"a\" : [1, \"\\u00e9\\n\", null],\t\"é\\\\\" : {\"b\":-1.5e+3}}".utf8)
        for _ in 0..<20_000 {
            let bytes = mutated(document, &generator)
            var output: [UInt8] = []
            guard (try? output.append(jsonDocument: bytes.span)) != nil else { continue }
            #expect(!output.contains { $0 < 0x20 })
            #expect(output.count == bytes.count)
        }
    }
}

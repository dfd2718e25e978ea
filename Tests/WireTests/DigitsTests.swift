import Randomness
import Testing
import Wire

@Suite struct DigitsTests {
    @Test func everyIntegerIsWrittenAsSwiftPrintsIt() {
        var generator = SeededNumbers(seed: 1)
        var numbers: [Int64] = [0, 1, -1, 9, 10, 99, 100, .max, .min]
        for shift in 0..<63 { numbers += [1 << shift, (1 << shift) - 1, -(1 << shift)] }
        for _ in 0..<10_000 { numbers.append(Int64(bitPattern: generator.next() >> (generator.next() % 64))) }
        for number in numbers { #expect(text { $0.append(decimal: number) } == "\(number)") }
        for number in [UInt64.max, UInt64.max / 10 * 10] { #expect(text { $0.append(decimal: number) } == "\(number)") }
        for number in [Int8.min, Int8.max] { #expect(text { $0.append(decimal: number) } == "\(number)") }
        for number in [Int128.min, Int128.max, 1 << 64, -(1 << 64)] {
            #expect(text { $0.append(decimal: number) } == "\(number)")
        }
    }

    @Test func aWidthFillsWithZerosAndNeverCuts() {
        #expect(text { $0.append(decimal: 7, width: 4) } == "0007")
        #expect(text { $0.append(decimal: 12345, width: 4) } == "12345")
        #expect(text { $0.append(decimal: UInt64.max, width: 20) } == "18446744073709551615")
        #expect(text { $0.append(decimal: 0, width: 20) } == "00000000000000000000")
    }

    @Test func digitsAreCountedAtEveryPowerOfTen() {
        for exponent in 0..<20 {
            let power = (0..<exponent).reduce(UInt64(1)) { product, _ in product * 10 }
            #expect(Digits.count(power) == exponent + 1)
            #expect(Digits.count(power - 1) == max(1, exponent))
        }
    }

    @Test func wholeNumbersAreReadUpToTheirBoundsAndNotBeyond() throws {
        #expect(try NumberText.integer("9223372036854775807".utf8.span) == .max)
        #expect(try NumberText.integer("-9223372036854775808".utf8.span) == .min)
        #expect(try NumberText.unsigned("18446744073709551615".utf8.span) == .max)
        for text in ["9223372036854775808", "-9223372036854775809", "", "-", "+1", "1a", "99999999999999999999"] {
            #expect(throws: WireError.self) { try NumberText.integer(text.utf8.span) }
        }
        for text in ["18446744073709551616", "-1", ""] {
            #expect(throws: WireError.self) { try NumberText.unsigned(text.utf8.span) }
        }
    }

    @Test func theGrammarOfNumbersIsThatOfJSON() {
        func isNumber(_ text: String) -> Bool { NumberText.isJSONNumber(text.utf8.span) }
        for text in ["0", "-0", "10", "1.5", "-0.0", "1e5", "1E+5", "1.25e-300", "0e0"] {
            #expect(isNumber(text), "\(text)")
        }
        for text in ["", "-", "+1", "01", "1.", ".5", "1e", "1e+", "1.5.5", "0x1", "1 ", "NaN", "--1", "-01"] {
            #expect(!isNumber(text), "\(text)")
        }
    }
}

/// What a closure appends, as text.
func text(_ write: (inout [UInt8]) throws -> Void) rethrows -> String {
    var bytes: [UInt8] = []
    try write(&bytes)
    return String(decoding: bytes, as: UTF8.self)
}

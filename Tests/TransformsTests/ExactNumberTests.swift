import Randomness
import Testing

@testable import Transforms

@Suite struct ExactNumberTests {
    private func read(_ text: String) -> ExactNumber? {
        let bytes = Array(text.utf8)
        return ExactNumber(bytes.span)
    }

    private func number(_ text: String) throws -> ExactNumber { try #require(read(text)) }

    private func compareTexts(_ left: String, _ right: String) -> Int? {
        let (first, second) = (Array(left.utf8), Array(right.utf8))
        return DecimalText.compare(first.span, second.span)
    }

    private func text(_ number: ExactNumber) -> String {
        var bytes: [UInt8] = []
        number.append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("007.50", "7.50"), ("+3", "3"), ("-12.000", "-12.000"), ("0.05", "0.05"),
        ("1e3", "1000"),
        ("1.5e1", "15"), ("1.25e1", "12.5"), ("12e-3", "0.012"), ("NaN", "NaN"), ("-Infinity", "-Infinity"),
        ("99999999999999999999999999999999999999", "99999999999999999999999999999999999999"),
        ("123456789012345678901234567890123456789.5", "123456789012345678901234567890123456789.5"),
    ])
    func textsAreReadAndWritten(written: String, canonical: String) throws {
        #expect(text(try number(written)) == canonical)
    }

    @Test(arguments: ["", "-", ".", ".5", "5.", "1e", "1e99999999", "1..2", "0x1", "1 ", "--1", "1e1.5", "Inf", "١"])
    func whatIsNoNumberIsRefused(text: String) {
        #expect(read(text) == nil)
    }

    /// Every result against schoolbook arithmetic on integers of a common scale.
    @Test func arithmeticAgreesWithIntegers() throws {
        var random = SeededNumbers(seed: 21)
        for _ in 0..<20_000 {
            let (a, b) = (Int64(random.below(2_000_001)) - 1_000_000, Int64(random.below(2_000_001)) - 1_000_000)
            let (s, t) = (random.below(6), random.below(6))
            let (x, y) = (ExactNumber.finite(Int128(a), scale: s), ExactNumber.finite(Int128(b), scale: t))
            let (wideA, wideB) = (Int128(a) * power(max(s, t) - s), Int128(b) * power(max(s, t) - t))
            #expect(ExactNumber.compare(x, y) == (wideA < wideB ? -1 : wideA > wideB ? 1 : 0))
            #expect(compareTexts(text(x), text(y)) == ExactNumber.compare(x, y))
            #expect(text(try ExactNumber.add(x, y)) == text(.finite(wideA + wideB, scale: max(s, t))))
            #expect(text(try ExactNumber.multiply(x, y)) == text(.finite(Int128(a) * Int128(b), scale: s + t)))
            guard b != 0 else { continue }
            #expect(text(try ExactNumber.remainder(x, y)) == text(.finite(wideA % wideB, scale: max(s, t))))
            // The quotient times the divisor is the dividend, within half a unit of the sixteenth digit.
            let quotient = try ExactNumber.divide(x, y)
            let back = try ExactNumber.multiply(quotient, y)
            let error = try ExactNumber.add(back, x.negated)
            let half = try ExactNumber.multiply(
                .finite(b < 0 ? -Int128(b) : Int128(b), scale: t), .finite(5, scale: 17))
            #expect(ExactNumber.compare(error, half) <= 0 && ExactNumber.compare(error, half.negated) >= 0)
        }
    }

    private func power(_ exponent: Int) -> Int128 { (0..<exponent).reduce(1) { product, _ in product * 10 } }

    @Test func moreThan38DigitsAreAnErrorAndNeverWrong() throws {
        let most = try number("99999999999999999999999999999999999999")
        #expect(throws: EvaluationError.tooManyDigits) { try ExactNumber.add(most, ExactNumber(1)) }
        #expect(throws: EvaluationError.tooManyDigits) { try ExactNumber.multiply(most, ExactNumber(2)) }
        #expect(text(try ExactNumber.add(most, ExactNumber(-1))) == "99999999999999999999999999999999999998")
        #expect(throws: EvaluationError.tooManyDigits) {
            try ExactNumber.add(try number("0." + String(repeating: "0", count: 50) + "1"), ExactNumber(1))
        }
        #expect(throws: EvaluationError.divisionByZero) { try ExactNumber.divide(most, try number("0.00")) }
    }

    @Test func ordersOfAnyLengthAreExact() throws {
        let ordered = [
            "-Infinity", "-1000000000000000000000000000000000000000000.5",
            "-1000000000000000000000000000000000000000000",
            "-2", "-1.5", "-0.00000000000000000000000000000000000000000000001", "0",
            "0.00000000000000000000000000000000000000000000001", "0.1", "1",
            "1.00000000000000000000000000000000000000000001",
            "9", "10", "99999999999999999999999999999999999999", "100000000000000000000000000000000000000",
            "100000000000000000000000000000000000000.1", "Infinity", "NaN",
        ]
        for (i, left) in ordered.enumerated() {
            for (j, right) in ordered.enumerated() {
                #expect(
                    ExactNumber.compare(try number(left), try number(right)) == (i - j).signum(), "\(left) \(right)")
            }
        }
        #expect(ExactNumber.compare(try number("1.000"), try number("1")) == 0)
        #expect(ExactNumber.compare(try number("-0.0"), try number("0")) == 0)
    }
}

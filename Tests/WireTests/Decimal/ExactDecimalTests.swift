import Randomness
import Testing
import Wire

@Suite struct ExactDecimalTests {
    @Test func everyNumberIsPrintedAsItWasRead() throws {
        var generator = SeededNumbers(seed: 10)
        for _ in 0..<20_000 {
            let text = randomNumber(&generator)
            let number = try ExactDecimal(parsing: text.utf8.span)
            // A minus before nothing but zeros is the only thing that is lost: PostgreSQL never prints it.
            let expected = number.isZero && text.first == "-" ? String(text.dropFirst()) : text
            #expect(number.description == expected)
        }
    }

    @Test func comparisonAgreesWithScaledIntegers() throws {
        var generator = SeededNumbers(seed: 11)
        for _ in 0..<50_000 {
            let left = randomNumber(&generator)
            // Half of the pairs are neighbours, which differ in their last digits or only in zeros.
            let right = Bool.random(using: &generator) ? randomNumber(&generator) : neighbour(of: left, &generator)
            let expected = bigOrder(left, right)
            let (leftNumber, rightNumber) = try (
                ExactDecimal(parsing: left.utf8.span), ExactDecimal(parsing: right.utf8.span)
            )
            #expect((leftNumber < rightNumber) == (expected < 0), "\(left) \(right)")
            #expect((leftNumber == rightNumber) == (expected == 0), "\(left) \(right)")
            if expected == 0 { #expect(leftNumber.hashValue == rightNumber.hashValue) }
        }
    }

    @Test func theSpecialsHaveTheOrderOfPostgreSQL() {
        let ordered: [ExactDecimal] = [
            .negativeInfinity, ExactDecimal(Int64.min), ExactDecimal(Int64(0)), ExactDecimal(UInt64.max), .infinity,
            .nan,
        ]
        for (index, left) in ordered.enumerated() {
            for (otherIndex, right) in ordered.enumerated() {
                #expect((left < right) == (index < otherIndex))
                #expect((left == right) == (index == otherIndex))
            }
        }
    }

    @Test func exponentsShiftThePoint() throws {
        let known = [
            ("1e3", "1000"), ("1.5E+2", "150"), ("15e-1", "1.5"), ("1e-3", "0.001"), ("-0.00e5", "0"), ("0e400", "0"),
            ("1.50e1", "15.0"), ("+7", "7"), ("1e400", "1" + String(repeating: "0", count: 400)),
        ]
        for (text, expected) in known { #expect(try ExactDecimal(parsing: text.utf8.span).description == expected) }
        for text in [
            "", "-", ".", "e5", "1e", "1e400001", "1e99999999999999999999", "1..2", "1_0", "0x1", "nan", "inf",
            "Infinit",
        ] {
            #expect(ExactDecimal(text) == nil, "\(text)")
        }
    }

    @Test func aDoubleIsExpandedToItsLastDigit() throws {
        #expect(ExactDecimal(exactly: 0.1).description == "0.1000000000000000055511151231257827021181583404541015625")
        #expect(ExactDecimal(exactly: .leastNonzeroMagnitude).precision == 751)
        #expect(ExactDecimal(exactly: .greatestFiniteMagnitude).description.count == 309)
        #expect(ExactDecimal(exactly: -1.5).description == "-1.5")
        #expect(ExactDecimal(exactly: -0.0).description == "0")
        #expect(ExactDecimal(exactly: .nan) == .nan && ExactDecimal(exactly: -.infinity) == .negativeInfinity)
        var generator = SeededNumbers(seed: 12)
        for _ in 0..<5_000 {
            let number = Double(bitPattern: generator.next())
            guard number.isFinite else { continue }
            let expanded = ExactDecimal(exactly: number)
            #expect(expanded.nearestDouble == number)
            // Its neighbours stand strictly on either side.
            #expect(
                ExactDecimal(exactly: number.nextDown) < expanded && expanded < ExactDecimal(exactly: number.nextUp))
            // A decimal just beside it is told apart, where any rounding to a double would not.
            let beside = try ExactDecimal(parsing: besideText(expanded).utf8.span)
            #expect(beside != expanded)
        }
    }

    @Test func precisionCountsDigitsWithoutZerosAtTheEnd() throws {
        for (text, precision) in [
            ("0", 1), ("100", 1), ("1.50", 2), ("123456789012345678901234567890.00", 29), ("0.001", 1),
        ] {
            #expect(try ExactDecimal(parsing: text.utf8.span).precision == precision)
        }
    }

    @Test func mutatedNumbersThrowOrRead() {
        var generator = SeededNumbers(seed: 13)
        let seeds = ["-1234567890.123456789e-12", "Infinity", "99999999999999999999.5"].map { Array($0.utf8) }
        for _ in 0..<20_000 {
            let bytes = mutated(seeds.randomElement(using: &generator) ?? [], &generator)
            if let number = try? ExactDecimal(parsing: bytes.span) { #expect(number == number) }
        }
    }

    private func besideText(_ number: ExactDecimal) -> String {
        let text = number.description
        return text.contains(".") ? text + "1" : text + ".1"
    }

    private func randomNumber(_ generator: inout SeededNumbers) -> String {
        func digits(_ count: Int) -> String {
            (0..<count).map { _ in ["0", "9", "\(generator.next() % 10)"][Int(generator.next() % 3)] }.joined()
        }
        let whole = digits([0, 1, 3, 18, 19, 20, 40][Int(generator.next() % 7)]).drop { $0 == "0" }
        let fraction = digits([0, 0, 1, 2, 6, 19, 45][Int(generator.next() % 7)])
        let sign = generator.next() % 3 == 0 ? "-" : ""
        return sign + (whole.isEmpty ? "0" : whole) + (fraction.isEmpty ? "" : "." + fraction)
    }

    private func neighbour(of text: String, _ generator: inout SeededNumbers) -> String {
        switch generator.next() % 4 {
        case 0: text.contains(".") ? text + "00" : text + ".00"
        case 1: text.contains(".") ? text + "01" : text + ".0000000000000000000000001"
        case 2: String(text.dropLast()) + "\(generator.next() % 10)"
        default: text.first == "-" ? String(text.dropFirst()) : "-" + text
        }
    }

    /// Compares two numbers as integers in base ten, after padding both to the same shape.
    private func bigOrder(_ left: String, _ right: String) -> Int {
        func parts(_ text: String) -> (isNegative: Bool, whole: String, fraction: String) {
            let unsigned = text.drop { $0 == "-" }
            let pieces = unsigned.split(separator: ".", omittingEmptySubsequences: false)
            return (text.first == "-", String(pieces[0]), pieces.count > 1 ? String(pieces[1]) : "")
        }
        let (leftParts, rightParts) = (parts(left), parts(right))
        let whole = max(leftParts.whole.count, rightParts.whole.count)
        let fraction = max(leftParts.fraction.count, rightParts.fraction.count)
        func padded(_ parts: (isNegative: Bool, whole: String, fraction: String)) -> String {
            String(repeating: "0", count: whole - parts.whole.count) + parts.whole + parts.fraction
                + String(repeating: "0", count: fraction - parts.fraction.count)
        }
        let (leftDigits, rightDigits) = (padded(leftParts), padded(rightParts))
        func sign(_ digits: String, _ isNegative: Bool) -> Int {
            digits.allSatisfy { $0 == "0" } ? 0 : isNegative ? -1 : 1
        }
        let signs = (sign(leftDigits, leftParts.isNegative), sign(rightDigits, rightParts.isNegative))
        if signs.0 != signs.1 { return signs.0 - signs.1 }
        if leftDigits == rightDigits { return 0 }
        return (leftDigits < rightDigits ? -1 : 1) * (signs.0 < 0 ? -1 : 1)
    }
}

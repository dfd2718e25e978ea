extension ExactDecimal {
    /// The number that a binary floating-point value stands for, to its last digit.
    public init(exactly number: Double) {
        if number.isNaN {
            self = .nan
        } else if number.isInfinite {
            self = number < 0 ? .negativeInfinity : .infinity
        } else if number == 0 {
            self = ExactDecimal(Int64(0))
        } else {
            self = Self.expanding(number)
        }
    }

    /// A finite double is an integer times a power of two; a negative power of two is a power of five over one of ten.
    private static func expanding(_ number: Double) -> ExactDecimal {
        var significand = UInt64(number.significandBitPattern)
        var exponent = -1074
        if number.isNormal {
            significand |= 1 << 52
            exponent = Int(number.exponent) - 52
        }
        let zeros = significand.trailingZeroBitCount
        significand >>= UInt64(zeros)
        exponent += zeros
        var limbs = Limbs(significand)
        limbs.multiply(by: exponent < 0 ? 5 : 2, times: abs(exponent))
        return ExactDecimal(isNegative: number < 0, digits: limbs.digits, scale: max(0, -exponent))
    }

    /// The double nearest to the number.
    public var nearestDouble: Double {
        switch kind {
        case .nan: .nan
        case .infinity: .infinity
        case .negativeInfinity: -.infinity
        case .finite: Double(scientific) ?? .nan
        }
    }

    /// The digits as a whole number with an exponent: a form whose length does not grow with the exponent.
    private var scientific: String {
        var text: [UInt8] = []
        if isNegative { text.append(UInt8(ascii: "-")) }
        for digit in digits { text.append(UInt8(ascii: "0") + digit) }
        text.append(UInt8(ascii: "e"))
        text.append(decimal: -scale)
        return String(decoding: text.span)
    }

    /// A whole number in base 10^9, least significant limb first.
    private struct Limbs {
        private var limbs: [UInt64]

        init(_ number: UInt64) {
            limbs = [
                number % 1_000_000_000, number / 1_000_000_000 % 1_000_000_000, number / 1_000_000_000_000_000_000,
            ]
        }

        /// Multiplies by a power of two or five, several factors at a time.
        mutating func multiply(by factor: UInt64, times: Int) {
            let step = 10
            let stepFactor = (0..<step).reduce(1 as UInt64) { product, _ in product * factor }
            for _ in 0..<times / step { multiply(by: stepFactor) }
            for _ in 0..<times % step { multiply(by: factor) }
        }

        private mutating func multiply(by factor: UInt64) {
            var carry: UInt64 = 0
            for index in limbs.indices {
                let product = limbs[index] * factor + carry
                limbs[index] = product % 1_000_000_000
                carry = product / 1_000_000_000
            }
            if carry > 0 { limbs.append(carry) }
        }

        var digits: [UInt8] {
            var text: [UInt8] = []
            for limb in limbs.reversed() { text.append(decimal: limb, width: 9) }
            return text.map { $0 - UInt8(ascii: "0") }
        }
    }
}

extension ExactDecimal: Comparable {
    public static func == (left: ExactDecimal, right: ExactDecimal) -> Bool { left.order(to: right) == 0 }
    public static func < (left: ExactDecimal, right: ExactDecimal) -> Bool { left.order(to: right) < 0 }

    /// Below zero where the number is less than the other, zero where they are equal.
    func order(to other: ExactDecimal) -> Int {
        guard isFinite, other.isFinite else { return Int(kind.rawValue) - Int(other.kind.rawValue) }
        if sign != other.sign { return sign - other.sign }
        let order = magnitudeOrder(to: other)
        return isNegative ? -order : order
    }

    private var sign: Int { isZero ? 0 : isNegative ? -1 : 1 }

    /// Numbers of different length compare by the place of their first digit, others digit by digit from there.
    private func magnitudeOrder(to other: ExactDecimal) -> Int {
        guard !isZero, !other.isZero else { return 0 }
        let places = digitCount - scale
        let otherPlaces = other.digitCount - other.scale
        if places != otherPlaces { return places < otherPlaces ? -1 : 1 }
        if longDigits.isEmpty, other.longDigits.isEmpty {
            let (padded, otherPadded) = Self.aligned(significand, other.significand, by: digitCount - other.digitCount)
            return padded == otherPadded ? 0 : padded < otherPadded ? -1 : 1
        }
        let digits = digits
        let otherDigits = other.digits
        for index in 0..<max(digits.count, otherDigits.count) {
            let digit = index < digits.count ? digits[index] : 0
            let otherDigit = index < otherDigits.count ? otherDigits[index] : 0
            if digit != otherDigit { return digit < otherDigit ? -1 : 1 }
        }
        return 0
    }

    /// Fills the shorter of two numbers with zeros at its end; neither then has more than nineteen digits.
    private static func aligned(_ left: UInt64, _ right: UInt64, by difference: Int) -> (UInt64, UInt64) {
        difference < 0
            ? (left * Digits.powerOfTen(-difference), right) : (left, right * Digits.powerOfTen(difference))
    }
}

extension ExactDecimal: Hashable {
    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(sign)
        guard isFinite, !isZero else { return }
        hasher.combine(digitCount - scale)
        let precision = precision
        for digit in digits.prefix(precision) { hasher.combine(digit) }
    }
}

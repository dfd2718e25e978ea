extension ExactDecimal {
    /// The number where it is a whole one of 64 bits.
    public var int64: Int64? {
        guard isFinite else { return nil }
        if isZero { return 0 }
        let zeros = digitCount - precision
        // At most nineteen digits, those of the power of ten included.
        let power = zeros - scale
        guard power >= 0, precision + power <= 19 else { return nil }
        var number: Int128 = 0
        for digit in digits.prefix(precision) { number = number * 10 + Int128(digit) }
        for _ in 0..<power { number *= 10 }
        return Int64(exactly: isNegative ? -number : number)
    }
}

extension [UInt8] {
    /// Appends a text that equal numbers share, whatever zeros they were written with: `1` for 1.00, `1E+40` for a
    /// number that plain digits would make longer than forty.
    public mutating func append(normalForm number: ExactDecimal) {
        guard number.isFinite, !number.isZero else {
            if number.isFinite { append(UInt8(ascii: "0")) } else { append(decimal: number) }
            return
        }
        if number.isNegative { append(UInt8(ascii: "-")) }
        let digits = number.digits.prefix(number.precision)
        let scale = number.scale - (number.digitCount - digits.count)
        let start = count
        for digit in digits { append(UInt8(ascii: "0") + digit) }
        if scale > 0, scale <= 40 {
            appendPoint(from: start, digits: digits.count, scale: scale)
        } else if scale <= 0, digits.count - scale <= 40 {
            append(contentsOf: repeatElement(UInt8(ascii: "0"), count: -scale))
        } else {
            if digits.count > 1 { insert(UInt8(ascii: "."), at: start + 1) }
            let exponent = digits.count - 1 - scale
            append(UInt8(ascii: "E"))
            if exponent >= 0 { append(UInt8(ascii: "+")) }
            append(decimal: exponent)
        }
    }
}

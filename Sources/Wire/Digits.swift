extension [UInt8] {
    /// Appends a number in decimal.
    @inlinable
    public mutating func append<Number: FixedWidthInteger>(decimal number: Number) {
        if number < 0 { append(UInt8(ascii: "-")) }
        let magnitude = number.magnitude
        if Number.bitWidth <= 64 || magnitude <= Number.Magnitude(truncatingIfNeeded: UInt64.max) {
            appendDigits(UInt64(truncatingIfNeeded: magnitude))
        } else {
            let (high, low) = magnitude.quotientAndRemainder(dividingBy: Number.Magnitude(Digits.chunk))
            append(decimal: high)
            append(decimal: UInt64(low), width: Digits.chunkDigits)
        }
    }

    /// Appends a number in decimal, with zeros before it up to `width` digits.
    public mutating func append(decimal number: UInt64, width: Int) {
        for _ in 0..<Swift.max(0, width - Digits.count(number)) { append(UInt8(ascii: "0")) }
        appendDigits(number)
    }

    @usableFromInline
    mutating func appendDigits(_ number: UInt64) {
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var start = 20
        var rest = number
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            start &-= 1
            digits[start] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
            rest = quotient
        } while rest > 0
        append(digits.span.extracting(start..<20))
    }
}

/// Numbers as runs of decimal digits.
public enum Digits {
    /// The largest power of ten that fits 64 bits, and how many zeros it has.
    @usableFromInline static let chunk: UInt64 = 10_000_000_000_000_000_000
    @usableFromInline static let chunkDigits = 19

    /// How many decimal digits a number has; one for zero.
    @inlinable
    public static func count(_ number: UInt64) -> Int {
        var count = 1
        var rest = number
        while rest >= 10_000 {
            rest /= 10_000
            count &+= 4
        }
        return count &+ (rest >= 10 ? 1 : 0) &+ (rest >= 100 ? 1 : 0) &+ (rest >= 1000 ? 1 : 0)
    }

    /// Ten to a power of at most nineteen.
    @inlinable
    public static func powerOfTen(_ exponent: Int) -> UInt64 {
        precondition((0...chunkDigits).contains(exponent), "ten to this power does not fit 64 bits")
        var power: UInt64 = 1
        for _ in 0..<exponent { power &*= 10 }
        return power
    }

    /// Whether a byte is a decimal digit.
    @inlinable
    public static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}

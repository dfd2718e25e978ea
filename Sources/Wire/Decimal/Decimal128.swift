/// A decimal floating-point number of 128 bits as BSON stores it: IEEE 754-2008, the significand as a binary integer.
public struct Decimal128: Equatable, Sendable {
    /// The bits, as they were read.
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The largest significand that is a number; one beyond it stands for zero.
    private static let significandMax = UInt128(10_000_000_000_000_000_000) * 1_000_000_000_000_000 - 1
    private static let bias = 6176

    /// The number `significand` × 10^`exponent`, or nil where that has more than 34 digits or is out of range.
    public init?(isNegative: Bool, significand: UInt128, exponent: Int) {
        guard significand <= Self.significandMax, (-6176...6111).contains(exponent) else { return nil }
        self.init(
            high: (isNegative ? 1 << 63 : 0) | UInt64(exponent + Self.bias) << 49
                | UInt64(truncatingIfNeeded: significand >> 64), low: UInt64(truncatingIfNeeded: significand))
    }

    /// The number, or nil where it has more than 34 digits or is out of range.
    public init?(_ number: ExactDecimal) {
        let digits = number.digits.prefix(number.precision)
        guard number.isFinite, digits.count <= 34 else { return nil }
        let significand = digits.reduce(UInt128(0)) { $0 * 10 + UInt128($1) }
        self.init(
            isNegative: number.isNegative, significand: significand,
            exponent: number.digitCount - digits.count - number.scale)
    }

    public static let nan = Decimal128(high: 0x7C << 56, low: 0)
    public static let infinity = Decimal128(high: 0x78 << 56, low: 0)
    public static let negativeInfinity = Decimal128(high: 0xF8 << 56, low: 0)

    public var isNegative: Bool { high >> 63 == 1 }
    public var isNaN: Bool { high >> 58 & 31 == 31 }
    public var isInfinite: Bool { high >> 58 & 31 == 30 }

    /// The digits as one number; zero where the bits are no number that the format allows.
    public var significand: UInt128 {
        // The form with two leading ones is for significands that are too large for 34 digits.
        guard high >> 61 & 3 != 3 else { return 0 }
        let significand = UInt128(high & (1 << 49 - 1)) << 64 | UInt128(low)
        return significand <= Self.significandMax ? significand : 0
    }

    /// The power of ten that the significand is multiplied by.
    public var exponent: Int {
        Int(high >> 61 & 3 == 3 ? high >> 47 & 0x3FFF : high >> 49 & 0x3FFF) - Self.bias
    }
}

extension Decimal128: CustomStringConvertible {
    public var description: String {
        var text: [UInt8] = []
        text.append(decimal128: self)
        return String(decoding: text.span)
    }
}

extension [UInt8] {
    /// Appends the number as the BSON specification writes it: with every digit and its exponent, so that the same bits
    /// can be read back, but for those of a NaN or of a significand that is none.
    public mutating func append(decimal128 number: Decimal128) {
        if number.isNaN { return append(literal: "NaN") }
        if number.isNegative { append(UInt8(ascii: "-")) }
        if number.isInfinite { return append(literal: "Infinity") }
        let start = count
        append(decimal: number.significand)
        let digits = count - start
        let exponent = number.exponent
        let adjusted = exponent + digits - 1
        if exponent <= 0, adjusted >= -6 {
            appendPoint(from: start, digits: digits, scale: -exponent)
        } else {
            if digits > 1 { insert(UInt8(ascii: "."), at: start + 1) }
            append(UInt8(ascii: "E"))
            if adjusted >= 0 { append(UInt8(ascii: "+")) }
            append(decimal: adjusted)
        }
    }

    /// Puts a point `scale` digits before the end, with zeros before them where there are too few.
    mutating func appendPoint(from start: Int, digits: Int, scale: Int) {
        guard scale > 0 else { return }
        if scale < digits {
            insert(UInt8(ascii: "."), at: count - scale)
        } else {
            let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: scale - digits)
            insert(contentsOf: [UInt8(ascii: "0"), UInt8(ascii: ".")] + zeros, at: start)
        }
    }
}

extension ExactDecimal {
    /// The number without the sign of a zero.
    public init(_ number: Decimal128) {
        if number.isNaN {
            self = .nan
        } else if number.isInfinite {
            self = number.isNegative ? .negativeInfinity : .infinity
        } else if let short = UInt64(exactly: number.significand) {
            self.init(isNegative: number.isNegative, significand: short, scale: -number.exponent)
        } else {
            var text: [UInt8] = []
            text.append(decimal: number.significand)
            self.init(
                isNegative: number.isNegative, digits: text.map { $0 - UInt8(ascii: "0") }, scale: -number.exponent)
        }
    }
}

/// A decimal number of any length, NaN or an infinity; nothing about it is ever rounded.
///
/// Equality and order are those of the numbers: 1.0 equals 1.00, and, as in PostgreSQL, NaN equals NaN and is greater
/// than everything else. The text keeps its scale: 1.00 is printed as it was read.
public struct ExactDecimal: Sendable {
    enum Kind: UInt8, Sendable {
        case negativeInfinity, finite, infinity, nan
    }

    let kind: Kind
    /// Whether a finite number is below zero; zero itself never is.
    public let isNegative: Bool
    /// How many of the digits stand after the decimal point; below zero where zeros follow the last digit.
    public let scale: Int
    /// The digits as one number, where they are at most nineteen.
    let significand: UInt64
    /// The digits, most significant first and without leading zeros, where they are more than nineteen; else empty.
    let longDigits: [UInt8]

    /// The largest exponent that is read: more than twice the digits that any known source holds.
    public static let exponentMax = 400_000

    public static let nan = ExactDecimal(kind: .nan)
    public static let infinity = ExactDecimal(kind: .infinity)
    public static let negativeInfinity = ExactDecimal(kind: .negativeInfinity)

    private init(kind: Kind) {
        self.init(
            kind: kind, isNegative: kind == .negativeInfinity, scale: 0, significand: 0, longDigits: [])
    }

    private init(kind: Kind, isNegative: Bool, scale: Int, significand: UInt64, longDigits: [UInt8]) {
        self.kind = kind
        self.isNegative = isNegative
        self.scale = scale
        self.significand = significand
        self.longDigits = longDigits
    }

    /// - Parameter digits: values from 0 to 9, most significant first.
    init(isNegative: Bool, digits: some Collection<UInt8>, scale: Int) {
        let digits = digits.drop { $0 == 0 }
        let isShort = digits.count <= Self.shortDigitsMax
        self.init(
            kind: .finite, isNegative: isNegative && !digits.isEmpty, scale: scale,
            significand: isShort ? digits.reduce(0) { $0 * 10 + UInt64($1) } : 0,
            longDigits: isShort ? [] : Array(digits))
    }

    init(isNegative: Bool, significand: UInt64, scale: Int) {
        if Digits.count(significand) > Self.shortDigitsMax {
            var text: [UInt8] = []
            text.append(decimal: significand)
            self.init(isNegative: isNegative, digits: text.map { $0 - UInt8(ascii: "0") }, scale: scale)
        } else {
            self.init(
                kind: .finite, isNegative: isNegative && significand != 0, scale: scale, significand: significand,
                longDigits: [])
        }
    }

    public init(_ number: Int64) {
        self.init(isNegative: number < 0, significand: number.magnitude, scale: 0)
    }

    public init(_ number: UInt64) {
        self.init(isNegative: false, significand: number, scale: 0)
    }

    static let shortDigitsMax = 19

    public var isNaN: Bool { kind == .nan }
    public var isFinite: Bool { kind == .finite }
    public var isZero: Bool { kind == .finite && significand == 0 && longDigits.isEmpty }

    /// How many significant digits there are, zeros at the end included; one for zero.
    var digitCount: Int { longDigits.isEmpty ? Digits.count(significand) : longDigits.count }

    /// The digits, most significant first.
    var digits: [UInt8] {
        guard longDigits.isEmpty else { return longDigits }
        var text: [UInt8] = []
        text.append(decimal: significand)
        return text.map { $0 - UInt8(ascii: "0") }
    }

    /// How many significant digits the number has without zeros at the end.
    public var precision: Int {
        guard longDigits.isEmpty else {
            return (longDigits.lastIndex { $0 != 0 } ?? 0) + 1
        }
        var rest = significand
        while rest >= 10, rest.isMultiple(of: 10) { rest /= 10 }
        return Digits.count(rest)
    }
}

internal import Wire

/// Where the parts of a decimal number stand in its text. Reading it once, and comparing two of any length by it,
/// allocates nothing.
struct DecimalText {
    let isNegative: Bool
    /// The significant digits and the point among them: without leading zeros before the point.
    let digits: Range<Int>
    /// How many digits there are from the first that is not a zero.
    let digitCount: Int
    let wholeCount: Int
    let fractionCount: Int
    let exponent: Int

    /// Nil where the text is not sign, digits, point, digits, exponent.
    init?(_ text: Span<UInt8>) {
        var index = 0
        isNegative = text.count > 0 && text[0] == UInt8(ascii: "-")
        if isNegative || text.count > 0 && text[0] == UInt8(ascii: "+") { index += 1 }
        let start = index
        while index < text.count, text[index].isDecimalDigit { index += 1 }
        let wholeEnd = index
        guard wholeEnd > start else { return nil }
        var first = start
        while first < wholeEnd, text[first] == UInt8(ascii: "0") { first += 1 }
        var fraction = 0
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index += 1
            while index < text.count, text[index].isDecimalDigit { index += 1 }
            fraction = index - wholeEnd - 1
            guard fraction > 0 else { return nil }
        }
        digits = first..<index
        wholeCount = wholeEnd - first
        fractionCount = fraction
        var leadingZeros = 0
        if wholeCount == 0 {
            while leadingZeros < fraction, text[wholeEnd + 1 + leadingZeros] == UInt8(ascii: "0") { leadingZeros += 1 }
        }
        digitCount = wholeCount + fraction - leadingZeros
        guard index < text.count else {
            exponent = 0
            return
        }
        guard text[index] | 0x20 == UInt8(ascii: "e"), let power = Self.exponent(text, from: index + 1) else {
            return nil
        }
        exponent = power
    }

    private static func exponent(_ text: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        let isNegative = index < text.count && text[index] == UInt8(ascii: "-")
        if isNegative || index < text.count && text[index] == UInt8(ascii: "+") { index += 1 }
        guard index < text.count, text.count - index <= 6 else { return nil }
        var power = 0
        while index < text.count {
            guard text[index].isDecimalDigit else { return nil }
            power = power * 10 + Int(text[index] - UInt8(ascii: "0"))
            index += 1
        }
        guard power <= 131_072 else { return nil }
        return isNegative ? -power : power
    }

    /// The number without an exponent and without leading zeros.
    func plainText(of text: Span<UInt8>) -> [UInt8] {
        var whole: [UInt8] = []
        var fraction: [UInt8] = []
        for index in digits where text[index] != UInt8(ascii: ".") {
            if index < digits.lowerBound + wholeCount {
                whole.append(text[index])
            } else {
                fraction.append(text[index])
            }
        }
        if exponent > 0 {
            let moved = min(exponent, fraction.count)
            whole += fraction[..<moved]
            fraction.removeFirst(moved)
            whole += [UInt8](repeating: UInt8(ascii: "0"), count: exponent - moved)
        } else if exponent < 0 {
            let moved = min(-exponent, whole.count)
            let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: -exponent - moved)
            fraction = zeros + whole[(whole.count - moved)...] + fraction
            whole.removeLast(moved)
        }
        whole = Array(whole.drop { $0 == UInt8(ascii: "0") })
        if whole.isEmpty { whole = [UInt8(ascii: "0")] }
        let sign: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
        return sign + whole + (fraction.isEmpty ? [] : [UInt8(ascii: ".")] + fraction)
    }

    /// Compares two numbers without exponents: -1, 0 or 1.
    static func compare(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Int? {
        guard let a = DecimalText(left), let b = DecimalText(right), a.exponent == 0, b.exponent == 0 else {
            return nil
        }
        let magnitude = compareMagnitudes(a, left, b, right)
        let aIsZero = a.digitCount == 0 || a.isZero(in: left)
        let bIsZero = b.digitCount == 0 || b.isZero(in: right)
        if aIsZero && bIsZero { return 0 }
        if a.isNegative != b.isNegative, !aIsZero, !bIsZero { return a.isNegative ? -1 : 1 }
        if aIsZero { return b.isNegative ? 1 : -1 }
        if bIsZero { return a.isNegative ? -1 : 1 }
        return a.isNegative ? -magnitude : magnitude
    }

    private func isZero(in text: Span<UInt8>) -> Bool {
        for index in digits where text[index] != UInt8(ascii: "0") && text[index] != UInt8(ascii: ".") { return false }
        return true
    }

    private static func compareMagnitudes(
        _ a: DecimalText, _ left: Span<UInt8>, _ b: DecimalText, _ right: Span<UInt8>
    ) -> Int {
        if a.wholeCount != b.wholeCount { return a.wholeCount < b.wholeCount ? -1 : 1 }
        let count = max(a.digits.count, b.digits.count)
        for step in 0..<count {
            let one = a.digit(step, in: left)
            let other = b.digit(step, in: right)
            if one != other { return one < other ? -1 : 1 }
        }
        return 0
    }

    /// A digit from the first significant one on, the point counted as a step; zeros after the end.
    private func digit(_ step: Int, in text: Span<UInt8>) -> UInt8 {
        let index = digits.lowerBound + step
        guard index < digits.upperBound, text[index] != UInt8(ascii: ".") else { return UInt8(ascii: "0") }
        return text[index]
    }
}

extension UInt8 {
    var isDecimalDigit: Bool { self &- UInt8(ascii: "0") < 10 }
}

/// A JSON number by its decimal value, of which nothing is ever rounded: 1.0 is 1, and 1e2 is 100.
struct JSONExactNumber {
    private var isNegative = false
    /// Where the first and the last digit stand that are not zero; nil for zero.
    private var digits: ClosedRange<Int>?
    /// The power of ten of the first of them.
    private var exponent = 0

    /// Whether two numbers are equal; texts that are no numbers are equal where their bytes are.
    static func isEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        if left.isEqual(to: right) { return true }
        guard let number = JSONExactNumber(left), let other = JSONExactNumber(right) else { return false }
        guard let digits = number.digits, let otherDigits = other.digits else {
            return number.digits == nil && other.digits == nil
        }
        guard number.isNegative == other.isNegative, number.exponent == other.exponent else { return false }
        var index = digits.lowerBound
        var otherIndex = otherDigits.lowerBound
        while index <= digits.upperBound, otherIndex <= otherDigits.upperBound {
            if left[index] == UInt8(ascii: ".") { index += 1 }
            if right[otherIndex] == UInt8(ascii: ".") { otherIndex += 1 }
            guard left[index] == right[otherIndex] else { return false }
            index += 1
            otherIndex += 1
        }
        return index > digits.upperBound && otherIndex > otherDigits.upperBound
    }

    /// Nil where the exponent is beyond every number that anybody keeps.
    private init?(_ text: Span<UInt8>) {
        var index = 0
        var place = 0
        var pointPlace: Int?
        var firstPlace = 0
        var first: Int?
        var last = 0
        if index < text.count, text[index] == UInt8(ascii: "-") {
            isNegative = true
            index += 1
        }
        while index < text.count, text[index] | 0x20 != UInt8(ascii: "e") {
            if text[index] == UInt8(ascii: ".") {
                pointPlace = place
            } else {
                if text[index] != UInt8(ascii: "0") {
                    if first == nil {
                        first = index
                        firstPlace = place
                    }
                    last = index
                }
                place += 1
            }
            index += 1
        }
        guard let first else { return }
        digits = first...last
        guard let power = Self.power(text, after: index) else { return nil }
        exponent = (pointPlace ?? place) - 1 - firstPlace + power
    }

    /// The number behind the `e`; nil where it is too large to matter.
    private static func power(_ text: Span<UInt8>, after start: Int) -> Int? {
        var index = start + 1
        var isNegative = false
        if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
            isNegative = text[index] == UInt8(ascii: "-")
            index += 1
        }
        var power = 0
        while index < text.count {
            power = power * 10 + Int(text[index] &- UInt8(ascii: "0"))
            guard power < 1_000_000_000_000 else { return nil }
            index += 1
        }
        return isNegative ? -power : power
    }
}

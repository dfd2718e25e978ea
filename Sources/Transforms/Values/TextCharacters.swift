/// Parts of a text by its characters, which are Unicode scalars as in PostgreSQL.
enum TextCharacters {
    static func count(_ text: [UInt8]) -> Int {
        text.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    }

    /// The first characters; all but the last where the number is negative.
    static func left(_ text: [UInt8], _ number: Int) -> [UInt8] {
        let end = number >= 0 ? number : max(0, count(text) + number)
        return Array(text[..<offset(of: end, in: text)])
    }

    /// The last characters; all but the first where the number is negative.
    static func right(_ text: [UInt8], _ number: Int) -> [UInt8] {
        let start = number >= 0 ? max(0, count(text) - number) : -number
        return Array(text[offset(of: start, in: text)...])
    }

    /// SQL's substring: positions count from one, and a start before the text uses up a part of the count.
    static func substring(_ text: [UInt8], from start: Scalar, count: Scalar?) throws(EvaluationError) -> [UInt8] {
        let first = start.clampedInteger
        let last = count.map { first + $0.clampedInteger } ?? Int(Int32.max)
        guard last >= first else { throw .outOfRange("number of characters") }
        let lower = offset(of: max(0, first - 1), in: text)
        let upper = offset(of: max(0, last - 1), in: text)
        return lower < upper ? Array(text[lower..<upper]) : []
    }

    /// Where a character begins, counted from zero; the end for one past the text.
    private static func offset(of character: Int, in text: [UInt8]) -> Int {
        guard character > 0 else { return 0 }
        var seen = 0
        for index in text.indices where text[index] & 0xC0 != 0x80 {
            if seen == character { return index }
            seen += 1
        }
        return text.count
    }
}

/// PostgreSQL's `money` as it is written with `lc_monetary = C`: `-$1,234.56`.
public enum MoneyText {
    /// Appends the amount as plain decimal text: `-1234.56`. Any other locale's form is refused, never guessed.
    public static func append(amountOf text: Span<UInt8>, to output: inout [UInt8]) throws(WireError) {
        var index = text.count > 0 && text[0] == UInt8(ascii: "-") ? 1 : 0
        let point = text.count - 3
        guard index < text.count, text[index] == UInt8(ascii: "$"), point > index + 1,
            text[point] == UInt8(ascii: "."), Digits.isDigit(text[point + 1]), Digits.isDigit(text[point + 2])
        else { throw .malformed("money") }
        index += 1
        let first = index
        guard !(point - first).isMultiple(of: 4) else { throw .malformed("money") }
        while index < point {
            let mustBeComma = (point - index).isMultiple(of: 4)
            guard mustBeComma ? text[index] == UInt8(ascii: ",") : Digits.isDigit(text[index]) else {
                throw .malformed("money")
            }
            index += 1
        }
        if text[0] == UInt8(ascii: "-") { output.append(UInt8(ascii: "-")) }
        for index in first..<text.count where text[index] != UInt8(ascii: ",") { output.append(text[index]) }
    }
}

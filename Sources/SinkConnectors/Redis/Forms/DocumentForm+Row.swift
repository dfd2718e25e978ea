internal import Change
internal import Wire

extension RedisForm.DocumentForm {
    /// Appends a row's document.
    func append(_ row: borrowing Row, to text: inout [UInt8]) throws(RedisRowProblem) {
        if let root { return try append(root, of: row, to: &text) }
        text.append(UInt8(ascii: "{"))
        let start = text.count
        for field in fields {
            switch row.state(field.column) {
            case .unchanged: throw .unknown(column: row.schema.columns[field.column].name)
            case .missing: continue
            case .null where omitsNulls: continue
            case .null, .value:
                if text.count > start { text.append(UInt8(ascii: ",")) }
                text.append(contentsOf: field.prefix)
                do {
                    try row.appendJSON(field.column, form: values, to: &text)
                } catch {
                    throw .malformed(column: row.schema.columns[field.column].name)
                }
            }
        }
        text.append(UInt8(ascii: "}"))
    }

    /// Appends the value of one column by itself: `null` where it has none.
    private func append(
        _ root: ChosenColumn, of row: borrowing Row, to text: inout [UInt8]
    ) throws(RedisRowProblem) {
        guard let column = root.index else { return text.append(literal: "null") }
        guard row.state(column) != .unchanged else { throw .unknown(column: root.name) }
        do {
            try row.appendJSON(column, form: values, to: &text)
        } catch {
            throw .malformed(column: root.name)
        }
    }
}

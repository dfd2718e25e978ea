internal import Change
internal import Wire

extension RedisForm.DocumentForm {
    /// Appends a row's document.
    func append(_ row: borrowing Row, to text: inout [UInt8]) throws(RedisRowProblem) {
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
}

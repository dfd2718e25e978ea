public import Wire

extension Row {
    /// Appends the row as a JSON object with these members, in this order. Null is `null`; a missing cell is left out,
    /// and so is an unchanged one, because nothing is known of it.
    ///
    /// - Throws: for the first cell whose bytes are not of its column's type; `output` is then as it was.
    public func appendJSON(
        _ fields: [JSONField], form: JSONForm = JSONForm(), to output: inout [UInt8]
    ) throws(WireError) {
        let start = output.count
        output.append(UInt8(ascii: "{"))
        do {
            try appendMembers(fields, form: form, to: &output)
        } catch {
            output.truncate(to: start)
            throw error
        }
        output.append(UInt8(ascii: "}"))
    }

    /// Appends the members without the braces, for objects that hold more than the row.
    ///
    /// - Returns: how many members were written.
    @discardableResult
    public func appendMembers(
        _ fields: [JSONField], form: JSONForm = JSONForm(), to output: inout [UInt8]
    ) throws(WireError) -> Int {
        var count = 0
        for field in fields {
            let state = state(field.column)
            guard state != .unchanged, state != .missing else { continue }
            if count > 0 { output.append(UInt8(ascii: ",")) }
            output.append(contentsOf: field.prefix)
            if state == .null {
                output.append(literal: "null")
            } else {
                try appendJSON(field.column, form: form, to: &output)
            }
            count += 1
        }
        return count
    }

    /// Appends one cell as JSON; `null` where it has no value.
    public func appendJSON(_ column: Int, form: JSONForm = JSONForm(), to output: inout [UInt8]) throws(WireError) {
        guard state(column) == .value else { return output.append(literal: "null") }
        do {
            try schema.types[column].appendJSON(of: bytes(column), form: form, to: &output)
        } catch {
            throw error.inColumn(schema.columns[column].name)
        }
    }
}

public import Wire

extension Row {
    /// Appends a cell as plain text, as ``DataType/appendText(of:to:)`` does; nothing where it has no value.
    public func appendText(_ column: Int, to text: inout [UInt8]) throws(WireError) {
        guard state(column) == .value else { return }
        do {
            try schema.types[column].appendText(of: bytes(column), to: &text)
        } catch {
            throw error.inColumn(schema.columns[column].name)
        }
    }

    /// Decodes one cell; `.null` where it has no value, so ask for ``state(_:)`` where it matters why.
    public func value(_ column: Int) throws(WireError) -> Value {
        guard state(column) == .value else { return .null }
        do {
            return try Value(parsing: bytes(column), as: schema.types[column])
        } catch {
            throw error.inColumn(schema.columns[column].name)
        }
    }
}

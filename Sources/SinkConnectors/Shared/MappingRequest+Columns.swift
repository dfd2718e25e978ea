internal import Change
internal import Connector

extension MappingRequest {
    /// The name that a column is written by; its own where it is not written.
    func writtenName(of column: Int) -> String {
        outputs.first { $0.column == column }?.name ?? schema.columns[column].name
    }

    /// The column of a name that an option gives; where there is none, that is added to `errors`.
    func column(_ name: String, of option: String, errors: inout [Diagnostic]) -> Int? {
        if let index = schema.index(of: name) { return index }
        let names = schema.columns.map(\.name).joined(separator: ", ")
        errors.append(
            options.error(
                at: option, "there is no column \(name)",
                hint: schema.isOpen ? "declare it in the source's `fields`" : "the columns are \(names)"))
        return nil
    }
}

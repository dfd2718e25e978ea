public import Change
public import Connector

extension TableName {
    /// Reads a name in the form of pipeline files: `namespace.name`, with double quotes around a part that has other
    /// characters than letters, digits, `_`, `-` and `$`.
    ///
    /// - Throws: a diagnostic without a place.
    public init(written text: String) throws(Diagnostic) {
        do {
            self = try TableNameText.parse(text)
        } catch {
            throw Diagnostic(.error, "\(text) is no table's name: \(error.message)")
        }
    }
}

internal import Change
internal import Connector
internal import Wire

/// A column that a transform appends to the source's: where its value comes from.
struct AppendedColumn: Sendable {
    enum Origin: Sendable {
        case expression(Program, ValueType)
        /// Another column as it is, whatever its type.
        case copy
        /// What a path into another column leads to; missing where it leads nowhere.
        case path(DocumentPath)
        /// Another column without parts of it.
        case pruned(BSONPruning)
        /// A field that no document of this shape has.
        case absent
        case mask(Masking)
        case digest(Digesting)
    }

    var origin: Origin
    var name: String
    /// What a copy, mask or digest is made from: a column of the extended schema before this one.
    var input: Int
    /// The source's columns that the value depends on.
    var columns: Set<Int>
    /// The fields that it depends on and no document has shown yet.
    var unseen: Set<String> = []

    /// How an error names it.
    var inWords: String {
        switch origin {
        case .expression, .copy, .absent: "compute \(name)"
        case .path: "path \(name)"
        case .pruned: "omit from \(name)"
        case .mask: "mask \(name)"
        case .digest: "digest \(name)"
        }
    }
}

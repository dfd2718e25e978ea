/// An expression whose columns and types are known.
struct CheckedExpression: Sendable {
    var program: Program
    var type: ValueType
    /// The source's columns that it reads.
    var columns: Set<Int>
    /// The fields that it reads and no document has shown yet.
    var unseen: Set<String> = []
    /// How many nodes evaluating it visits at the most, those of the computed columns it uses included.
    var weight: Int
    /// Whether it is a text in quotes, which takes the type of what it is compared with.
    var isTextLiteral = false

    /// How many nodes one expression may have.
    static let weightMax = 4_096

    /// The value, where it is the same for every row.
    var constant: Scalar? {
        if case .constant(let value) = program { value } else { nil }
    }
}

/// Why an expression has no value for a row. Never says what the row holds.
enum EvaluationError: Error, Equatable {
    /// The source did not say what the column holds.
    case unchanged(column: String)
    case malformed(column: String)
    case divisionByZero
    case tooManyDigits
    case outOfRange(String)
    case notA(String)
    case tooLong

    var reason: String {
        switch self {
        case .unchanged(let column): "the value of the column \(column) is not known"
        case .malformed(let column): "the column \(column) has a value that cannot be read"
        case .divisionByZero: "division by zero"
        case .tooManyDigits: "a number has more than 38 digits"
        case .outOfRange(let type): "a result does not fit the type \(type)"
        case .notA(let type): "a text is not of the type \(type)"
        case .tooLong: "a text has more than \(ExpressionText.bytesMax >> 20) MiB"
        }
    }
}

/// Why a transform has no result for a row: the row parks. Says which expression failed, never what the row holds.
public struct TransformError: Error, Equatable, CustomStringConvertible {
    /// `where`, or `compute` and the column's name.
    public var expression: String
    public var reason: String

    init(_ expression: String, _ error: EvaluationError) {
        self.expression = expression
        reason = error.reason
    }

    public var description: String { "\(expression): \(reason)" }
}

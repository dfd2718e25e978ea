public import Connector

/// Checks of transforms that need no table.
public enum TransformSyntax {
    /// What is wrong with the form of the expressions and templates of a transform, each with its place.
    public static func problems(in spec: TransformSpec) -> [Diagnostic] {
        var problems: [Diagnostic] = []
        if let filter = spec.filter {
            do {
                _ = try ExpressionParser.parse(filter.value)
            } catch {
                problems.append(Diagnostic(error, in: filter))
            }
        }
        for computation in spec.compute {
            do {
                _ = try ComputationSyntax.parse(computation.expression.value)
            } catch {
                problems.append(Diagnostic(error, in: computation.expression))
            }
        }
        return problems
    }
}

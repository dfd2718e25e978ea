/// A range of values of one type.
public indirect enum RangeValue: Equatable, Sendable {
    case empty
    /// From `lower` to `upper`; a bound that is nil does not bound.
    case bounds(lower: Value?, upper: Value?, includesLower: Bool, includesUpper: Bool)
}

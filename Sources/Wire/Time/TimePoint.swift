/// A place on the axis of time, in days or microseconds since 1970, or one of its two ends.
///
/// Both ends are values of their own, so that no number stands for them by mistake. The number is wider than 64 bits
/// because PostgreSQL counts from 2000: its last timestamps, of the year 294276, are more microseconds after 1970.
public enum TimePoint: Hashable, Comparable, Sendable {
    case negativeInfinity
    case at(Int128)
    case infinity

    /// The number, or nil at the ends.
    public var finite: Int128? {
        if case .at(let number) = self { number } else { nil }
    }
}

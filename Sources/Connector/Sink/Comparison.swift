public import Change

/// How what stands in a target compares with what should.
public struct Comparison: Sendable, Equatable {
    public enum Verdict: Sendable, Equatable {
        case equal
        /// Nothing stands there.
        case missing
        /// Something stands there, and nothing should.
        case extra
        /// Something else stands there. Columns bear the target's names, at most ``differencesMax`` of them.
        case different([ColumnDifference])
        /// It cannot be told, for a reason in words that hold no value of the row.
        case unverifiable(String)
    }

    /// How many columns of one row are told of.
    public static let differencesMax = 100

    public var verdict: Verdict
    /// The version that the target has, where it tells; of what is not there the one that refuses older writes. Where
    /// the target cannot give it together with the row, it is read first: the row is then never older.
    public var version: Version?

    public init(_ verdict: Verdict, version: Version? = nil) {
        self.verdict = verdict
        self.version = version
    }
}

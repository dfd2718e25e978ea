public import Change

/// A readable sink whose target can be held against what the source has.
public protocol ComparableSink: ReadableSink {
    /// Why what stands in the target for a mapping cannot be compared, in words; nil where it can. What an append wrote
    /// and what another owns cannot.
    func obstacle(toComparing mapping: any RowMapping) -> String?

    /// Compares what stands in the target with what these writes would leave there; changes nothing. A delete expects
    /// that nothing stands there.
    ///
    /// What was applied before is seen. What is expected is made by the mapping, from the write's row, as for
    /// ``ChangeSink/apply(_:lane:)``; the versions of the writes do not matter.
    ///
    /// - Returns: one result for each write, in order.
    /// - Throws: ``MillraceError``; asking again is safe.
    func compare(_ writes: [SinkWrite]) async throws -> [Comparison]
}

/// How what stands in a target compares with what should.
public struct Comparison: Sendable, Equatable {
    public enum Verdict: Sendable, Equatable {
        case equal
        /// Nothing stands there.
        case missing
        /// Something stands there, and nothing should.
        case extra
        /// Something else stands there. Columns bear the target's names.
        case different([ColumnDifference])
        /// It cannot be told, for a reason in words that hold no value of the row.
        case unverifiable(String)
    }

    public var verdict: Verdict
    /// The version that the target has, where it tells.
    public var version: Version?

    public init(_ verdict: Verdict, version: Version? = nil) {
        self.verdict = verdict
        self.version = version
    }
}

/// One column, field or member that differs. Values are in the target's own text form, cut off after
/// ``lengthMax`` bytes; nil for what is not there.
public struct ColumnDifference: Sendable, Equatable {
    public static let lengthMax = 200

    public var column: String
    public var expected: String?
    public var found: String?

    public init(_ column: String, expected: String?, found: String?) {
        self.column = column
        self.expected = expected
        self.found = found
    }
}

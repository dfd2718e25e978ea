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

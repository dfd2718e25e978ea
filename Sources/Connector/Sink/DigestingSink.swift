/// A comparable sink that sums rows up, as they should be and as they stand there, so that a target is compared by reading
/// it through once.
///
/// Rows of one digest are equal. Rows of two may be all the same, which ``ComparableSink/compare(_:)`` tells.
public protocol DigestingSink: ComparableSink {
    /// Whether the rows of a mapping can be summed up.
    func canDigest(_ mapping: any RowMapping) -> Bool

    /// Sums up what each of these writes would leave, none of which is a delete; nil where only a comparison tells.
    func digests(of writes: [SinkWrite]) -> [UInt64?]

    /// As ``ReadableSink/scan(_:_:)``, with a digest of each entry that has one, and without its place.
    func scanDigests(of mapping: any RowMapping, _ take: @Sendable ([SinkEntry]) async throws -> Void) async throws
}

internal import Wire

/// What a run of a table is good for: the table itself and every mapping of it in the sink.
enum SnapshotFingerprint {
    /// Adds a mapping to the fingerprint so far, which begins as the table's number.
    static func of(_ fingerprint: UInt64, mapping: UInt64) -> UInt64 {
        var hash = Hash64(seed: fingerprint)
        hash.combine(mapping)
        return hash.value
    }
}

internal import PostgresClient

extension LSN {
    /// The highest commit position of any record that starts before this place.
    ///
    /// The next record may start exactly at an insert position or a keepalive's end, and may be a commit: a position
    /// made from those by plain division would be that commit's own, and hide it.
    var commitPositionBefore: UInt64 { rawValue == 0 ? 0 : (rawValue - 1) / 8 }
}

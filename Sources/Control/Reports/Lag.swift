internal import Connector

/// How far one position is behind another.
enum Lag {
    /// In the unit of the source's log, bytes where it has them; nil where either end is not known.
    static func bytes(from progress: SourceProgress?, to head: UInt64?) -> UInt64? {
        guard let progress, let head else { return nil }
        return head > progress.end ? head - progress.end : 0
    }
}

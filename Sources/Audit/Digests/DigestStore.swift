public import Engine
internal import Connector
internal import Synchronization

/// Where digests are kept that are too many for memory: a list that grows at its end.
public protocol DigestStore: Sendable {
    /// How many there are.
    var count: Int { get throws }

    /// Puts digests behind the first `kept`; what stood there goes. Durable when it returns.
    func write(_ digests: [RowDigest], after kept: Int) throws

    /// - Throws: ``Connector/MillraceError`` with the code `stateUnavailable` where not all of them can be read.
    func read(_ range: Range<Int>) throws -> [RowDigest]

    /// Forgets all of them.
    func clear() throws
}

/// Digests of an audit that nobody goes on with.
final class MemoryDigestStore: DigestStore {
    private let digests = Mutex<[RowDigest]>([])

    var count: Int { digests.withLock(\.count) }

    func write(_ new: [RowDigest], after kept: Int) {
        digests.withLock { digests in
            digests.removeSubrange(kept...)
            digests += new
        }
    }

    func read(_ range: Range<Int>) -> [RowDigest] { digests.withLock { Array($0[range]) } }

    func clear() { digests.withLock { $0 = [] } }
}

/// The hashes of the sink keys that a target should have: eight bytes each, sorted in place.
///
/// Hashes are appended in any order; ``seal()`` sorts what is new, and only then is anything asked. They stand in buckets,
/// so that no more than one of them is copied where it grows, and reserves more than it needs.
public struct KeyHashes: Sendable {
    fileprivate struct Bucket: Sendable {
        var hashes: [UInt64] = []
        /// So many of them, from the front, are sorted, each once.
        var sortedCount = 0
    }

    private static let bucketBits = 8
    private var buckets = [Bucket](repeating: Bucket(), count: 1 << bucketBits)

    public init() {}

    init(_ hashes: some Sequence<UInt64>) {
        for hash in hashes { append(hash) }
        seal()
    }

    /// How many there are, each counted once.
    ///
    /// - Precondition: sealed.
    public var count: Int { buckets.reduce(0) { $0 + $1.sortedCount } }

    mutating func append(_ hash: UInt64) { buckets[Self.bucket(of: hash)].hashes.append(hash) }

    /// Sorts what was appended.
    mutating func seal() {
        for index in buckets.indices { buckets[index].seal() }
    }

    /// Whether a hash is among those that were sealed.
    public func contains(_ hash: UInt64) -> Bool { buckets[Self.bucket(of: hash)].contains(hash) }

    /// Every hash that was sealed, in the order of a list of such hashes.
    public func forEach(_ body: (UInt64) throws -> Void) rethrows {
        for bucket in buckets { for hash in bucket.hashes { try body(hash) } }
    }

    /// Those that a list holds; the same one may stand there more than once.
    public init(list: some Sequence<UInt64>) { self.init(list) }

    /// Takes those of another in, which is sealed.
    public mutating func formUnion(_ other: KeyHashes) {
        guard count > 0 else {
            self = other
            return
        }
        for bucket in other.buckets {
            for hash in bucket.hashes where !contains(hash) { append(hash) }
        }
        seal()
    }

    private static func bucket(of hash: UInt64) -> Int { Int(hash >> UInt64(UInt64.bitWidth - bucketBits)) }
}

extension KeyHashes.Bucket {
    fileprivate mutating func seal() {
        guard sortedCount < hashes.count else { return }
        hashes.sort()
        var kept = 0
        for index in hashes.indices where kept == 0 || hashes[index] != hashes[kept - 1] {
            hashes[kept] = hashes[index]
            kept += 1
        }
        hashes.removeLast(hashes.count - kept)
        sortedCount = kept
    }

    fileprivate func contains(_ hash: UInt64) -> Bool {
        var low = 0
        var high = sortedCount
        while low < high {
            let middle = (low + high) / 2
            if hashes[middle] < hash { low = middle + 1 } else { high = middle }
        }
        return low < sortedCount && hashes[low] == hash
    }
}

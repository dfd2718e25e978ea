internal import Engine

/// Runs of digests, each in the order of its keys, one behind the other in a store.
struct DigestRuns: Sendable {
    let store: any DigestStore
    /// How many digests each run has.
    private(set) var lengths: [Int]

    init(_ store: any DigestStore, lengths: [Int] = []) {
        self.store = store
        self.lengths = lengths
    }

    var count: Int { lengths.reduce(0, +) }

    /// - Parameter run: in the order of its keys.
    mutating func append(_ run: [RowDigest]) throws {
        try store.write(run, after: count)
        lengths.append(run.count)
    }

    /// Reads all runs side by side, from the lowest key to the highest.
    func makeReader() -> Reader { Reader(self) }

    struct Reader {
        private static let blockCount = 512

        /// What is left of a run.
        private struct Rest {
            var unread: Range<Int>
            var block: [RowDigest] = []
            var next = 0
        }

        private let store: any DigestStore
        private var rests: [Rest] = []

        fileprivate init(_ runs: DigestRuns) {
            store = runs.store
            var start = 0
            for length in runs.lengths {
                rests.append(Rest(unread: start..<start + length))
                start += length
            }
        }

        /// Takes every digest that is left whose key is at most `last`.
        mutating func take(through last: UInt64, _ body: (_ digest: RowDigest, _ run: Int) -> Void) throws {
            for run in rests.indices {
                while let digest = try peek(run), digest.key <= last {
                    body(digest, run)
                    rests[run].next += 1
                }
            }
        }

        private mutating func peek(_ run: Int) throws -> RowDigest? {
            if rests[run].next == rests[run].block.count {
                let block = rests[run].unread.prefix(Self.blockCount)
                guard !block.isEmpty else { return nil }
                rests[run].block = try store.read(block)
                rests[run].unread = block.upperBound..<rests[run].unread.upperBound
                rests[run].next = 0
            }
            return rests[run].block[rests[run].next]
        }
    }
}

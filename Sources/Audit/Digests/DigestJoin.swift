internal import Engine

/// Holds the digests of a table's rows against those of a target's entries, whatever their number, in bounded memory.
struct DigestJoin {
    /// How many rows there are, those of one key counted once.
    private(set) var rows = 0
    /// By run of the rows, the keys of those that no entry is like: all of the run's where there are many.
    private(set) var suspects: [Int: Suspects] = [:]
    /// The keys of entries that no row has, as many as are told of at the most.
    private(set) var unexplained: Set<UInt64> = []

    enum Suspects: Equatable {
        case all
        case keys(Set<UInt64>)
    }

    /// So many suspects are kept one by one; of more, whole runs are.
    private let suspectsMax: Int
    private let unexplainedMax: Int
    private var suspectCount = 0

    private struct Row {
        var digest: RowDigest
        var run: Int
    }

    /// About so many digests are held at once.
    private static let partCount = 1 << 16

    init(
        expected: DigestRuns, found: DigestRuns, suspectsMax: Int = 500_000, unexplainedMax: Int = 100_000,
        partCount: Int = partCount
    ) throws {
        self.suspectsMax = suspectsMax
        self.unexplainedMax = unexplainedMax
        var rowReader = expected.makeReader()
        var entryReader = found.makeReader()
        // Keys are hashes, so that parts of their range have about as many of them.
        let parts = UInt64(max(1, (expected.count + found.count) / partCount))
        let width = UInt64.max / parts
        var rows: [Row] = []
        var entries: [RowDigest] = []
        for part in 1...parts {
            let last = part == parts ? UInt64.max : part * width
            rows.removeAll(keepingCapacity: true)
            entries.removeAll(keepingCapacity: true)
            try rowReader.take(through: last) { rows.append(Row(digest: $0, run: $1)) }
            try entryReader.take(through: last) { digest, _ in entries.append(digest) }
            rows.sort { $0.digest.key < $1.digest.key }
            entries.sort { $0.key < $1.key }
            join(rows, entries)
        }
    }

    private mutating func join(_ rows: [Row], _ entries: [RowDigest]) {
        var (row, entry) = (0, 0)
        while row < rows.count || entry < entries.count {
            let key = min(
                row < rows.count ? rows[row].digest.key : .max, entry < entries.count ? entries[entry].key : .max)
            let rowEnd = rows[row...].firstIndex { $0.digest.key != key } ?? rows.count
            let entryEnd = entries[entry...].firstIndex { $0.key != key } ?? entries.count
            note(rows[row..<rowEnd], entries[entry..<entryEnd])
            (row, entry) = (rowEnd, entryEnd)
        }
    }

    /// Takes note of the rows and the entries of one key; an entry may have come more than once.
    private mutating func note(_ rows: ArraySlice<Row>, _ entries: ArraySlice<RowDigest>) {
        guard !rows.isEmpty else {
            if let key = entries.first?.key, unexplained.count < unexplainedMax { unexplained.insert(key) }
            return
        }
        self.rows += 1
        for row in rows {
            let isLike =
                !entries.isEmpty && row.digest.digest != RowDigest.unknown
                && entries.allSatisfy { $0.digest == row.digest.digest }
            if !isLike { suspect(row) }
        }
    }

    private mutating func suspect(_ row: Row) {
        switch suspects[row.run] {
        case .all: return
        case .keys(var keys):
            suspects[row.run] = nil
            keys.insert(row.digest.key)
            suspects[row.run] = suspectCount < suspectsMax ? .keys(keys) : .all
        case nil: suspects[row.run] = suspectCount < suspectsMax ? .keys([row.digest.key]) : .all
        }
        suspectCount += 1
    }
}

internal import Foundation

/// How a table is cut into chunks: what ``Connector/SnapshotPlan/ranges`` holds.
struct SnapshotRanges: Codable, Equatable, Sendable {
    /// One column of the key that a table is cut by.
    struct KeyColumn: Codable, Equatable, Sendable {
        var name: String
        /// What a boundary's text is cast to.
        var cast: String
    }

    enum Cut: Codable, Equatable, Sendable {
        /// Every chunk begins at a boundary, which is its own, and ends before the next. Each is read by itself.
        case byKey([KeyColumn], boundaries: [[String]])
        /// The same by page of the table's file, for tables whose changes the stream gives whole.
        case byPage(boundaries: [UInt32])
        /// Single rows, so many to a chunk: those with these keys.
        case keys([KeyColumn], [[String]])
        /// All at once, in one database snapshot: for tables of which the stream gives only inserts, so that a row
        /// that moves between two snapshots would be missed.
        case whole
    }

    /// How many single rows one chunk reads.
    static let keysPerChunk = 500

    var cut: Cut
    /// ``TableFacts/storage`` when the plan was made.
    var storage: String

    var chunkCount: Int {
        switch cut {
        case .byKey(_, let boundaries): boundaries.count + 1
        case .byPage(let boundaries): boundaries.count + 1
        case .keys(_, let keys): max(1, (keys.count + Self.keysPerChunk - 1) / Self.keysPerChunk)
        case .whole: 1
        }
    }

    /// A plan can go on after a restart when each chunk is read by itself and its bounds mean the same rows.
    var isResumable: Bool {
        if case .byKey = cut { true } else { false }
    }

    /// The single rows that a chunk reads, and the columns of their keys; nil where it reads a range.
    func keys(ofChunk chunk: Int) -> (columns: [KeyColumn], keys: ArraySlice<[String]>)? {
        guard case .keys(let columns, let keys) = cut else { return nil }
        let first = min(chunk * Self.keysPerChunk, keys.count)
        return (columns, keys[first..<min(first + Self.keysPerChunk, keys.count)])
    }

    init(cut: Cut, storage: String) {
        self.cut = cut
        self.storage = storage
    }

    init(text: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
    }

    func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

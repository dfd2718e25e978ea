internal import Engine

/// Digests in any order on their way into runs.
struct DigestBuffer {
    private(set) var runs: DigestRuns
    private var buffer: [RowDigest] = []

    private static let runCount = 1 << 17

    init(_ runs: DigestRuns) { self.runs = runs }

    /// - Returns: whether there are enough to be written.
    mutating func take(_ digests: [RowDigest]) -> Bool {
        buffer += digests
        return buffer.count >= Self.runCount
    }

    mutating func write() throws {
        guard !buffer.isEmpty else { return }
        buffer.sort { $0.key < $1.key }
        try runs.append(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}

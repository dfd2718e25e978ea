/// How much to ask for at once where nobody knows how large the answer is: it follows what the last answer brought.
public struct ReadReach: Sendable {
    /// How many rows or keys to ask for next.
    public private(set) var count: Int
    private let countMax: Int
    private let bytesWanted: Int

    /// - Parameters:
    ///   - count: how many to ask for at first.
    ///   - countMax: how many to ask for at the most; at least one is always asked for.
    ///   - bytesWanted: how many bytes an answer should have.
    public init(from count: Int, to countMax: Int, bytesWanted: Int) {
        self.count = count
        self.countMax = countMax
        self.bytesWanted = bytesWanted
    }

    /// Takes note of what an answer to `asked` rows or keys had.
    public mutating func note(bytes: Int, of asked: Int) {
        count = min(countMax, count * 2, max(1, bytesWanted / max(1, bytes / max(1, asked))))
    }
}

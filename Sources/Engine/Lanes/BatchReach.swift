/// How many writes a lane sends at once.
///
/// A call that failed as a whole may have been too long for a slow link or a busy target: the next has half of its
/// writes, and would wait for ever for an answer otherwise. Each success lets it grow by an eighth.
struct BatchReach {
    private(set) var count: Int
    private let countMax: Int

    init(upTo countMax: Int) {
        self.countMax = max(1, countMax)
        count = self.countMax
    }

    mutating func noteFailure(of count: Int) { self.count = max(1, count / 2) }

    mutating func noteSuccess() { count = min(countMax, count + max(1, count / 8)) }
}

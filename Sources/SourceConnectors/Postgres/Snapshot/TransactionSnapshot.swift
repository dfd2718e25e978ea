/// Which transactions a query sees: the text form of `pg_current_snapshot()`, `xmin:xmax:xip,xip`.
struct TransactionSnapshot: Sendable, Equatable {
    /// Every transaction below it is visible or rolled back.
    let oldestRunning: UInt64
    /// No transaction from it on is visible.
    let next: UInt64
    /// Transactions between the two that are not visible.
    let running: Set<UInt64>

    init(oldestRunning: UInt64, next: UInt64, running: Set<UInt64> = []) {
        self.oldestRunning = oldestRunning
        self.next = next
        self.running = running
    }

    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let oldest = UInt64(parts[0]), let next = UInt64(parts[1]) else { return nil }
        let running = parts[2].split(separator: ",").map { UInt64($0) }
        guard !running.contains(nil) else { return nil }
        self.init(oldestRunning: oldest, next: next, running: Set(running.compactMap { $0 }))
    }

    /// Whether a transaction that committed is seen.
    func sees(_ transaction: UInt64) -> Bool {
        transaction < oldestRunning || (transaction < next && !running.contains(transaction))
    }
}

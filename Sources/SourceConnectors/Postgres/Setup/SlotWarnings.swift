/// What the operator should know of the log that a slot keeps.
enum SlotWarnings {
    /// - Parameter bytesMax: How many bytes the server keeps for a slot at the most; nil for no limit.
    static func of(_ slot: SlotFacts, bytesMax: Int?) -> [String] {
        var warnings: [String] = []
        if slot.logStatus == .unreserved {
            warnings.append(
                "the slot is about to lose its log: it has to catch up before the server's next checkpoint")
        }
        if let bytesMax, bytesMax > 0 {
            let percent = slot.retainedBytes * 100 / bytesMax
            for threshold in [80, 50] where percent >= threshold {
                warnings.append(
                    "the log kept for the slot is past \(threshold) % of max_slot_wal_keep_size; at 100 % the server "
                        + "drops the slot's log and everything has to be loaded again")
                break
            }
        }
        return warnings
    }
}

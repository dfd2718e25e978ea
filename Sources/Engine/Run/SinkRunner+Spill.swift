internal import Connector
internal import Logging

extension SinkRunner {
    /// Performs an order of the sorter on disk and returns what was read.
    ///
    /// A full disk holds the sink up until there is room: nothing of the transaction is acknowledged meanwhile.
    func perform(_ order: SpillOrder) async throws -> SpillPart? {
        guard let spill else { throw MillraceError(.invariant, "nothing spills without a folder", place: name) }
        var backoff = Backoff()
        while true {
            do {
                return try await spill.perform(order)
            } catch let error where RetryTable.decision(for: error) == .retry {
                logger.warning(
                    "a transaction too large for memory waits for the disk",
                    metadata: ["sink": "\(name)", "reason": "\(error)"])
                try await clock.sleep(for: backoff.next(random: clock.random()))
            }
        }
    }
}

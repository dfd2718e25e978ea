internal import Change
internal import Connector
internal import Logging
internal import PostgresClient

extension PostgresSource {
    func health() async throws -> SourceHealth {
        try await ask("reading the slot") { [options] session in
            guard let slot = try SlotFacts.read(options.slot, on: session) else {
                throw SlotGuard.missing(slot: options.slot)
            }
            let server = try ServerFacts.read(session)
            return SourceHealth(
                head: slot.head.rawValue, retainedBytes: slot.retainedBytes, retainedBytesMax: server.slotBytesMax,
                warnings: SlotWarnings.of(slot, bytesMax: server.slotBytesMax))
        }
    }

    /// Compares the publications with the pipeline every few seconds: a table that is dropped and created again leaves
    /// them without a word.
    ///
    /// - Throws: ``MillraceError`` naming the tables whose changes are no longer read.
    func watchPublications() async throws {
        let expected = tableIDs
        while true {
            try await Task.sleep(for: .seconds(3))
            do {
                let drift = try await ask("comparing the publications") { [options, merge] session in
                    if merge.deliveredCount > 10_000,
                        let text = try session.query("SELECT pg_current_snapshot()").scalar,
                        let snapshot = TransactionSnapshot(text)
                    {
                        merge.prune(seenBy: snapshot)
                    }
                    return try PublicationDrift.find(expected, in: options, on: session)
                }
                if let drift { throw drift }
            } catch let error where PostgresFault.isPassing(error) {
                logger.debug("the publications could not be compared", metadata: ["reason": "\(error)"])
            }
        }
    }

    func remove() async throws {
        try await ask("removing the slots and publications") { [options] session in
            for slot in try SlotFacts.all(withPrefix: FeedSlot.prefix(of: options.slot), on: session) {
                try FeedSlot.drop(slot.name, on: session)
            }
            try FeedSlot.drop(options.slot, on: session)
            for publication in try PublicationFacts.read(options.publications, on: session).values
            where publication.isOurs {
                try session.execute("DROP PUBLICATION \(publication.name)")
            }
        }
    }
}

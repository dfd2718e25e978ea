internal import Change
internal import Connector
internal import Logging
internal import PostgresClient
internal import Threads

extension PostgresSource {
    func stream(_ feed: Feed, after progress: SourceProgress, into handover: Handover<ChangeBatch>) async throws {
        let control = try openControl(of: feed)
        let plan = FeedPlan(
            settings: options.settings, slot: try await slot(of: feed), publications: options.publications,
            identity: try preparedIdentity())
        let merge = feed == .main ? merge : nil
        merge?.attach(control.wake)
        defer { merge?.attach(nil) }
        let logger = logger
        try await withTaskCancellationHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await DedicatedThread.run(name: "millrace-stream") {
                        try FeedReader(
                            plan: plan, after: progress, control: control, handover: handover, merge: merge,
                            logger: logger
                        ).run()
                    }
                }
                if feed == .main { group.addTask { try await self.watchPublications() } }
                defer {
                    control.stop()
                    group.cancelAll()
                }
                try await group.next()
            }
        } onCancel: {
            control.stop()
        }
    }

    func endFeed(_ feed: Feed) async throws {
        guard case .detached = feed else { return }
        let name = FeedSlot.name(of: feed, main: options.slot)
        try await ask("dropping the copied slot") { try FeedSlot.drop(name, on: $0) }
        forget(feed)
    }

    /// The slot of a feed; a detached one gets a copy of the main slot, which holds everything from the main slot's
    /// acknowledged position on.
    private func slot(of feed: Feed) async throws -> String {
        guard case .detached = feed else { return options.slot }
        let name = FeedSlot.name(of: feed, main: options.slot)
        try await ask("copying the slot") { [options] in try FeedSlot.copy(options.slot, to: name, on: $0) }
        return name
    }
}

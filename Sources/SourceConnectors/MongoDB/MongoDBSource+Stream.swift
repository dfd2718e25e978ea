internal import Change
internal import Connector
internal import Logging
internal import MongoClient
internal import Threads

extension MongoDBSource {
    func stream(_ feed: Feed, after progress: SourceProgress, into handover: Handover<ChangeBatch>) async throws {
        let plan = try streamPlan()
        let control = try StreamControl()
        let merge = feed == .main ? merge : nil
        merge?.attach(control.wake)
        defer { merge?.attach(nil) }
        let logger = logger
        try await withTaskCancellationHandler {
            try await DedicatedThread.run(name: "millrace-stream") {
                try StreamReader(
                    plan: plan, after: progress, control: control, handover: handover, merge: merge, logger: logger
                ).run()
            }
        } onCancel: {
            control.stop()
        }
    }

    /// A detached feed is a second stream; the server keeps nothing for it.
    func endFeed(_ feed: Feed) async throws {}

    /// Nothing was created at the source.
    func remove() async throws {}

    private func streamPlan() throws -> StreamPlan {
        let prepared = try prepared()
        let images = prepared.collections.map(\.keepsImages)
        let request = ChangeStreamRequest(
            collections: Dictionary(grouping: tables, by: \.namespace).mapValues { $0.map(\.name) },
            looksUpDocuments: images.contains(false), wantsDocumentsBefore: images.contains(true),
            splitsLargeEvents: prepared.server.splitsLargeEvents)
        return StreamPlan(
            settings: options.settings, identity: prepared.identity, tables: tables, request: request,
            sharesTimes: prepared.server.sharesTimes, fields: prepared.fields)
    }
}

internal import Wire

/// Which events are asked for, and what they carry.
public struct ChangeStreamRequest: Sendable, Equatable {
    /// The collections by database. Of one collection, its stream is opened; of several the database's, or the whole
    /// deployment's.
    public var collections: [String: [String]]
    /// Whether every update carries the document as it is now; otherwise only where the collection keeps it as it was
    /// after the update.
    public var looksUpDocuments: Bool
    /// Whether changes carry the document as it was before, where the collection keeps it.
    public var wantsDocumentsBefore: Bool
    /// Whether the server knows `$changeStreamSplitLargeEvent`.
    public var splitsLargeEvents: Bool
    /// How many events one answer holds at the most.
    public var batchSize: Int32

    public init(
        collections: [String: [String]], looksUpDocuments: Bool = true, wantsDocumentsBefore: Bool = false,
        splitsLargeEvents: Bool = false, batchSize: Int32 = 4_000
    ) {
        self.collections = collections
        self.looksUpDocuments = looksUpDocuments
        self.wantsDocumentsBefore = wantsDocumentsBefore
        self.splitsLargeEvents = splitsLargeEvents
        self.batchSize = batchSize
    }

    /// The database whose stream is opened.
    public var database: String { isOfOneDatabase ? collections.keys.first ?? "admin" : "admin" }

    private var isOfOneDatabase: Bool { collections.count == 1 }

    /// The collection whose stream is opened: the server then leaves out all others by itself, at a fifth less work than
    /// by a condition on names.
    private var onlyCollection: String? {
        guard isOfOneDatabase, let names = collections.values.first, names.count == 1 else { return nil }
        return names.first
    }

    func command(from start: ChangeStreamStart) -> BSONWriter {
        var stages = [stage("$changeStream") { fillOptions(&$0, start) }, stage("$match", fillFilter)]
        // What else an event may have is not read. The documents say what an update did, and saying it twice makes large
        // events too large.
        stages.append(stage("$project") { for field in Self.fields { $0.append(field, int32: 1) } })
        if splitsLargeEvents { stages.append(stage("$changeStreamSplitLargeEvent") { _ in }) }
        var command = BSONWriter()
        if let onlyCollection {
            command.append("aggregate", onlyCollection)
        } else {
            command.append("aggregate", int32: 1)
        }
        command.append("pipeline", documents: stages)
        command.append("cursor") { $0.append("batchSize", int32: batchSize) }
        command.append("readConcern") { $0.append("level", "majority") }
        return command
    }

    private static let fields = [
        "operationType", "clusterTime", "wallTime", "ns", "to", "documentKey", "fullDocument",
        "fullDocumentBeforeChange",
        "txnNumber",
    ]

    private func stage(_ name: String, _ fill: (inout BSONWriter) -> Void) -> [UInt8] {
        var stage = BSONWriter()
        stage.append(name, fill)
        return stage.document
    }

    private func fillOptions(_ options: inout BSONWriter, _ start: ChangeStreamStart) {
        options.append("fullDocument", looksUpDocuments ? "updateLookup" : "whenAvailable")
        if wantsDocumentsBefore { options.append("fullDocumentBeforeChange", "whenAvailable") }
        options.append("showExpandedEvents", true)
        if !isOfOneDatabase { options.append("allChangesForCluster", true) }
        switch start {
        case .atOperationTime(let time): options.append("startAtOperationTime", time)
        case .resumeAfter(let token): options.append("resumeAfter", document: token)
        case .startAfter(let token): options.append("startAfter", document: token)
        }
    }

    private func fillFilter(_ filter: inout BSONWriter) {
        // Indices are none of our business. And a server that has a condition on the kind makes events by a shorter way.
        filter.append("operationType") { $0.append("$ne", "createIndexes") }
        if onlyCollection != nil { return }
        var choices: [[UInt8]] = []
        for (database, names) in collections.sorted(by: { $0.key < $1.key }) {
            for place in ["ns", "to"] {
                var choice = BSONWriter()
                if !isOfOneDatabase { choice.append("\(place).db", database) }
                choice.append("\(place).coll") { $0.append("$in", texts: names) }
                choices.append(choice.document)
            }
        }
        var ends = BSONWriter()
        ends.append("operationType") { $0.append("$in", texts: ["dropDatabase", "invalidate"]) }
        choices.append(ends.document)
        filter.append("$or", documents: choices)
    }
}

internal import Change
internal import Connector
internal import MongoClient
internal import Wire

/// Finds out whether a pipeline can stream from a server, and from where. Creates nothing there.
struct MongoPreparation: Sendable {
    let options: MongoDBSourceOptions
    let tables: [TableName]
    let checkpoint: SourceCheckpoint?

    @available(*, noasync)
    func run(on connection: MongoConnection) throws -> (MongoDBSource.Prepared, SourceStart) {
        let server = try MongoServerFacts.read(connection)
        if let checkpoint { try MongoServerFacts.verify(server.identity, against: checkpoint.identity) }
        let collections = try CollectionFacts.find(tables, in: options, on: connection)
        for facts in collections {
            if let obstacle = facts.obstacle {
                throw MillraceError(
                    .sourceRejected, "the collection cannot be read: \(obstacle)", place: "\(facts.table)")
            }
        }
        let progress: SourceProgress
        if let checkpoint {
            progress = checkpoint.progress
            try verify(progress, on: connection)
        } else {
            let commit = try MongoPosition.commit(server.majorityTime)
            progress = SourceProgress(commit: commit, end: MongoPosition.end(commit))
        }
        let fields = try Self.fields(of: collections, options, on: connection)
        let prepared = MongoDBSource.Prepared(
            identity: server.identity, server: server, collections: collections, fields: fields)
        let start = SourceStart(
            identity: server.identity, progress: progress, tables: tables.compactMap { fields.schema(of: $0) })
        return (prepared, start)
    }

    /// The fields that a sample of each collection shows.
    @available(*, noasync)
    static func fields(
        of collections: [CollectionFacts], _ options: MongoDBSourceOptions, on connection: MongoConnection
    ) throws -> FieldTable {
        let fields = FieldTable(collections, fixed: options.fields)
        for facts in collections { try FieldSample.read(facts.table, into: fields, on: connection) }
        return fields
    }

    /// Makes sure that the oplog still holds the change that the checkpoint stands at: one that was restored from older
    /// data, or built anew, does not.
    @available(*, noasync)
    private func verify(_ progress: SourceProgress, on connection: MongoConnection) throws {
        // Without a mark the checkpoint stands between changes.
        let mark = MongoPosition.mark(of: progress.end)
        guard mark != 0 else { return }
        let time = MongoPosition.time(of: progress.commit)
        let databases = Dictionary(grouping: tables, by: \.namespace).mapValues { $0.map(\.name) }
        do {
            if try Self.isFound(mark, at: time, ChangeStreamRequest(collections: databases), on: connection) {
                return
            }
        } catch let error as MongoError {
            throw MongoFault.describe(error, doing: "finding the checkpoint's place in the oplog")
        }
        throw MillraceError(
            .positionLost,
            "the oplog does not hold the change that the checkpoint stands at: the replica set was restored from older "
                + "data, or the collection is no longer among `tables`: \(MongoFault.resync)")
    }

    @available(*, noasync)
    private static func isFound(
        _ mark: UInt64, at time: MongoTimestamp, _ request: ChangeStreamRequest, on connection: MongoConnection
    ) throws -> Bool {
        let stream = try ChangeStream(on: connection, request, from: .atOperationTime(time))
        defer { stream.close() }
        while true {
            let reply = try stream.next(awaitingMilliseconds: 1)
            let bytes = reply.reply.bytes
            for range in reply.documents {
                let event = try ChangeEvent(bytes.extracting(range))
                if event.clusterTime > time { return false }
                if EventDecoder.mark(of: event, bytes.extracting(range)) == mark { return true }
            }
            if reply.documents.isEmpty || stream.isClosed { return false }
        }
    }
}

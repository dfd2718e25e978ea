internal import Change
internal import Connector
internal import Logging
internal import MongoClient
internal import Wire

/// Reads chunks of a run, one after another, on a thread and a connection of its own.
///
/// Every chunk is read at a cluster time T of its own, under snapshot read concern, and its rows have T's version. T is
/// not before any event that was delivered when the chunk was opened. So for a document of the chunk, each event that
/// changed it was
/// - delivered before the chunk was opened: then T is not before it, and the document is as new;
/// - delivered since, and after P: then its `_id` is noted, and the row is dropped;
/// - delivered since, and not after P: then T is not before it either;
/// - or is not delivered yet: then it comes after the row, and has a version above T's or says nothing new.
///
/// A majority has what is read at T, because a server answers snapshot reads from what a majority has.
final class DocumentReader {
    private let run: DocumentRun
    private let options: MongoDBSourceOptions
    private let merge: SnapshotMerge
    private let logger: Logger
    private var connection: MongoConnection?

    /// How much one answer of the server is to bring; larger ones are not read faster, and take more memory.
    private static let answerBytes = 1 << 20

    init(_ run: DocumentRun, options: MongoDBSourceOptions, merge: SnapshotMerge, logger: Logger) {
        self.run = run
        self.options = options
        self.merge = merge
        self.logger = logger
    }

    /// Reads chunks until none is left; connects again after whatever passes.
    @available(*, noasync)
    func readAll() throws {
        let control = try StreamControl()
        while let chunk = run.chunks.next() {
            var backoff = Backoff(cap: .seconds(30))
            while !(try attempt(chunk)) {
                if run.isStopped { throw CancellationError() }
                try control.rest(for: backoff.next(random: .random(in: 0..<1)))
            }
        }
    }

    /// Tries to read a chunk; false when it has to be tried again.
    @available(*, noasync)
    private func attempt(_ chunk: Int) throws -> Bool {
        do {
            try merge.waitForRoom(in: run.number) { run.isStopped }
            return try read(chunk, on: try openConnection())
        } catch let error where MongoFault.isPassing(error) || Self.isTooOld(error) {
            connection = nil
            logger.warning(
                "reading a chunk was interrupted; it is read again",
                metadata: ["table": "\(run.plan.table)", "chunk": "\(chunk)", "reason": "\(error)"])
            return false
        } catch {
            throw MongoFault.describe(error, doing: "reading a collection", place: "\(run.plan.table)")
        }
    }

    /// Whether the server no longer has, or does not have yet, what it was asked to show.
    private static func isTooOld(_ error: any Error) -> Bool {
        let code = (error as? MongoError)?.code
        return code == .snapshotTooOld || code == .snapshotUnavailable
    }

    /// Reads a chunk. Returns whether it was handed over.
    @available(*, noasync)
    private func read(_ chunk: Int, on connection: MongoConnection) throws -> Bool {
        let opened = merge.open(table: run.plan.tableID, keyColumns: ["_id"], commit: run.plan.commit)
        defer { merge.close(opened.chunk) }
        let time = max(
            try MongoServerFacts.majorityTime(on: connection), MongoPosition.time(of: run.plan.commit),
            MongoPosition.time(of: opened.mustSee.max() ?? 0))
        let commit = try MongoPosition.commit(time)
        merge.prune { $0 <= commit }
        if run.purpose == .audit { merge.hold(opened.chunk, until: commit) }
        let part = try run.ranges.chunk(chunk)
        var rows = ChunkDocuments(run: run, chunk: chunk, commit: commit)
        do {
            for command in try commands(part, at: time) {
                try connection.forEachDocument(
                    of: command, on: run.plan.table.namespace, batchSize: answerCount, bytesMax: nil
                ) { document in
                    try rows.append(document.bytes)
                    // Which single documents are gone is known when all were read; there are few of them.
                    if case .documents = part { return }
                    guard BatchSize.isFull(count: rows.count, bytes: rows.byteCount) else { return }
                    guard try merge.put(rows.take(isLast: false), of: opened.chunk, isStopped: { run.isStopped }) else {
                        throw ChunkSpoiled()
                    }
                }
            }
        } catch is ChunkSpoiled {
            return false
        }
        if case .documents(let ids) = part { try rows.appendDeletes(of: ids) }
        guard try merge.put(rows.take(isLast: true), of: opened.chunk, isStopped: { run.isStopped }) else {
            return false
        }
        return try merge.waitUntilFinished(opened.chunk) { run.isStopped }
    }

    /// Bounds of an index, unlike conditions on a field, hold for values of every type.
    private func commands(_ part: DocumentRanges.Chunk, at time: MongoTimestamp) throws -> [BSONWriter] {
        var commands: [BSONWriter] = []
        switch part {
        case .range(let first, let end):
            var command = find()
            if let first { try command.append("min", idOf: first) }
            if let end { try command.append("max", idOf: end) }
            command.append("hint") { $0.append("_id", int32: 1) }
            commands.append(command)
            // Where only the lower bound is given, the upper one is the largest value of all, and is left out.
            if first != nil, end == nil { commands.append(try find(ids: [[BSONType.maxKey.rawValue, 0]])) }
        case .documents(let ids): commands.append(try find(ids: ids))
        }
        for index in commands.indices {
            commands[index].append("readConcern") { concern in
                concern.append("level", "snapshot")
                concern.append("atClusterTime", time)
            }
        }
        return commands
    }

    private func find() -> BSONWriter {
        var command = BSONWriter()
        command.append("find", run.plan.table.name)
        command.append("batchSize", int32: answerCount)
        return command
    }

    /// How many documents of the collection's usual size one answer brings.
    private var answerCount: Int32 {
        let usual = run.plan.bytesEstimated / max(1, run.plan.rowsEstimated)
        return Int32(max(1, min(Self.answerBytes / max(1, usual), 10_000)))
    }

    private func find(ids: [[UInt8]]) throws -> BSONWriter {
        var command = find()
        var choice = BSONWriter()
        try choice.append("$in", valuesOf: ids)
        command.append("filter") { $0.append("_id", document: choice.document) }
        return command
    }

    @available(*, noasync)
    private func openConnection() throws -> MongoConnection {
        if let connection { return connection }
        let connection = try MongoConnection(options.settings)
        try MongoServerFacts.verify(try MongoServerFacts.read(connection).identity, against: run.source.identity)
        self.connection = connection
        return connection
    }
}

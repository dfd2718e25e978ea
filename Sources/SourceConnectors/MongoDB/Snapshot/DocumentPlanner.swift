internal import Change
internal import Connector
internal import MongoClient
internal import Wire

/// Cuts a collection into chunks.
struct DocumentPlanner: Sendable {
    let chunkRows: Int
    /// A chunk of large documents has fewer of them, so that it fits the way to the stream.
    let chunkBytes: Int

    /// Plans a run of a whole collection. Which time the boundaries come from does not matter: the chunks between any
    /// boundaries hold every document once.
    @available(*, noasync)
    func plan(_ table: TableName, on connection: MongoConnection) throws -> SnapshotPlan {
        let time = try MongoServerFacts.majorityTime(on: connection)
        let size = try Self.size(of: table, on: connection)
        var rows = chunkRows
        if size.documents > 0 { rows = max(100, min(chunkRows, chunkBytes / max(1, size.bytes / size.documents))) }
        let chunks = size.documents / rows
        // A server draws few documents out of many one by one; for more it would read them all.
        let isDrawn = chunks >= Self.drawnChunksMin && chunks * Self.drawsPerChunk * 20 <= size.documents
        let ranges = DocumentRanges.byID(
            boundaries: isDrawn
                ? try draw(boundaries: chunks - 1, of: table, on: connection)
                : try boundaries(of: table, every: rows, on: connection))
        return SnapshotPlan(
            table: table, tableID: FieldTable.id(of: table), commit: try MongoPosition.commit(time),
            chunkCount: ranges.chunkCount, rowsEstimated: size.documents, bytesEstimated: size.bytes,
            isResumable: ranges.isResumable, ranges: try ranges.text())
    }

    /// Plans a run of single documents by their `_id` in Extended JSON.
    @available(*, noasync)
    func plan(_ table: TableName, keys: [[String]], on connection: MongoConnection) throws -> SnapshotPlan {
        let time = try MongoServerFacts.majorityTime(on: connection)
        let ranges = DocumentRanges.documents(keys.compactMap(\.first))
        return SnapshotPlan(
            table: table, tableID: FieldTable.id(of: table), commit: try MongoPosition.commit(time),
            chunkCount: ranges.chunkCount, rowsEstimated: keys.count, bytesEstimated: 0,
            isResumable: ranges.isResumable, ranges: try ranges.text())
    }

    private static func size(
        of table: TableName, on connection: MongoConnection
    ) throws -> (documents: Int, bytes: Int) {
        var command = BSONWriter()
        command.append("collStats", table.name)
        let reply = try connection.run(command, on: table.namespace)
        return (Int(reply.integer("count") ?? 0), Int(reply.integer("size") ?? 0))
    }

    /// Fewer chunks are cut by a walk of the index, which makes them of one size.
    private static let drawnChunksMin = 16
    /// Of so many, a chunk differs from its usual size by a quarter.
    private static let drawsPerChunk = 16

    /// `_id`s that cut a collection into chunks of about the same size, as documents drawn at random tell.
    @available(*, noasync)
    private func draw(boundaries count: Int, of table: TableName, on connection: MongoConnection) throws -> [[UInt8]] {
        var sample = BSONWriter()
        sample.append("$sample") { $0.append("size", int32: Int32(clamping: (count + 1) * Self.drawsPerChunk)) }
        var choice = BSONWriter()
        choice.append("$project") { $0.append("_id", int32: 1) }
        var order = BSONWriter()
        order.append("$sort") { $0.append("_id", int32: 1) }
        var command = BSONWriter()
        command.append("aggregate", table.name)
        command.append("pipeline", documents: [sample.document, choice.document, order.document])
        command.append("cursor") { _ in }
        let ids = try Self.ids(of: command, in: table, on: connection)
        var boundaries: [[UInt8]] = []
        for number in stride(from: Self.drawsPerChunk, to: ids.count, by: Self.drawsPerChunk) {
            let id = ids[number]
            if id.first != BSONType.maxKey.rawValue, id != boundaries.last { boundaries.append(id) }
        }
        return boundaries
    }

    /// Every n-th `_id` in the order of the `_id` index, which the server walks without reading a document.
    @available(*, noasync)
    func boundaries(of table: TableName, every rows: Int, on connection: MongoConnection) throws -> [[UInt8]] {
        var boundaries: [[UInt8]] = []
        while true {
            var command = BSONWriter()
            command.append("find", table.name)
            if let last = boundaries.last { try command.append("min", idOf: last) }
            command.append("hint") { $0.append("_id", int32: 1) }
            command.append("sort") { $0.append("_id", int32: 1) }
            command.append("projection") { $0.append("_id", int32: 1) }
            command.append("skip", int64: Int64(rows))
            command.append("limit", int64: 1)
            let next = try Self.ids(of: command, in: table, on: connection).first
            // The largest value of all bounds nothing: what is not below it belongs to the last chunk.
            guard let next, next.first != BSONType.maxKey.rawValue else { return boundaries }
            guard next != boundaries.last else {
                throw MillraceError(
                    .malformedSource, "the server gives the same _id as the next one again and again",
                    place: "\(table)")
            }
            boundaries.append(next)
        }
    }

    /// The `_id` elements of what a command finds.
    @available(*, noasync)
    private static func ids(
        of command: BSONWriter, in table: TableName, on connection: MongoConnection
    ) throws -> [[UInt8]] {
        var ids: [[UInt8]] = []
        try connection.forEachDocument(of: command, on: table.namespace) { document in
            var elements = document.elements
            while try elements.advance() {
                if elements.name.isEqual(to: "_id") { ids.append([UInt8](copying: elements.element)) }
            }
        }
        return ids
    }
}

extension BSONWriter {
    /// Appends a document with an `_id` of the element's value.
    mutating func append(_ name: String, idOf element: [UInt8]) throws {
        var document = BSONWriter()
        document.append("_id", try BSONElement(element.span).value)
        append(name, document: document.document)
    }
}

internal import Change
internal import Connector
internal import MongoClient
internal import Wire

/// Cuts a collection into chunks.
struct DocumentPlanner: Sendable {
    let chunkRows: Int
    /// A chunk of large documents has fewer of them, so that it fits the way to the stream.
    let chunkBytes: Int
    /// How many walks may look for boundaries at once.
    let walksMax: Int

    /// What is known of a collection before its boundaries are looked for.
    struct Draft: Sendable {
        let commit: UInt64
        let size: (documents: Int, bytes: Int)
        let rowsPerChunk: Int
        /// Parts of the collection that can be walked at once, in the order of `_id`.
        let parts: [Part]
    }

    /// From an `_id` up to another one; nil where nothing bounds it.
    struct Part: Equatable, Sendable {
        var first: [UInt8]?
        var end: [UInt8]?
    }

    /// Looks at a collection: how large its chunks are, and where walks of it can begin.
    @available(*, noasync)
    func draft(_ table: TableName, on connection: MongoConnection) throws -> Draft {
        let time = try MongoServerFacts.majorityTime(on: connection)
        let size = try Self.size(of: table, on: connection)
        var rows = chunkRows
        if size.documents > 0 { rows = max(100, min(chunkRows, chunkBytes / max(1, size.bytes / size.documents))) }
        let isLong = size.documents / rows >= Self.chunksOfPartMin * walksMax
        let pivots = isLong ? try pivots(of: table, on: connection) : []
        return Draft(
            commit: try MongoPosition.commit(time), size: size, rowsPerChunk: rows,
            parts: zip([nil] + pivots, pivots.map(Optional.some) + [nil]).map { Part(first: $0, end: $1) })
    }

    /// Plans a run of a whole collection. Which time the boundaries come from does not matter: the chunks between any
    /// boundaries hold every document once.
    ///
    /// - Parameter boundaries: those of each of the draft's parts.
    func plan(_ table: TableName, _ draft: Draft, boundaries: [[[UInt8]]]) throws -> SnapshotPlan {
        let ranges = DocumentRanges.byID(
            boundaries: zip(draft.parts, boundaries).flatMap { part, inside in (part.first.map { [$0] } ?? []) + inside
            })
        return SnapshotPlan(
            table: table, tableID: FieldTable.id(of: table), commit: draft.commit, chunkCount: ranges.chunkCount,
            rowsEstimated: draft.size.documents, bytesEstimated: draft.size.bytes, isResumable: ranges.isResumable,
            ranges: try ranges.text())
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

    /// A shorter walk is not worth another connection.
    private static let chunksOfPartMin = 16
    private static let samplesPerPart: Int32 = 16

    /// `_id`s that cut a collection into parts of about the same size, as a few documents at random tell.
    @available(*, noasync)
    private func pivots(of table: TableName, on connection: MongoConnection) throws -> [[UInt8]] {
        var sample = BSONWriter()
        sample.append("$sample") { $0.append("size", int32: Self.samplesPerPart * Int32(walksMax)) }
        var choice = BSONWriter()
        choice.append("$project") { $0.append("_id", int32: 1) }
        var order = BSONWriter()
        order.append("$sort") { $0.append("_id", int32: 1) }
        var command = BSONWriter()
        command.append("aggregate", table.name)
        command.append("pipeline", documents: [sample.document, choice.document, order.document])
        command.append("cursor") { _ in }
        let ids = try Self.ids(of: command, in: table, on: connection)
        guard !ids.isEmpty else { return [] }
        var pivots: [[UInt8]] = []
        for number in 1..<walksMax {
            let id = ids[number * ids.count / walksMax]
            if id.first != BSONType.maxKey.rawValue, id != pivots.last { pivots.append(id) }
        }
        return pivots
    }

    /// Every n-th `_id` of a part in the order of the `_id` index, which the server walks without reading a document.
    @available(*, noasync)
    func boundaries(
        of table: TableName, every rows: Int, in part: Part = Part(), on connection: MongoConnection
    ) throws -> [[UInt8]] {
        var boundaries: [[UInt8]] = []
        while true {
            var command = BSONWriter()
            command.append("find", table.name)
            if let last = boundaries.last ?? part.first { try command.append("min", idOf: last) }
            if let end = part.end { try command.append("max", idOf: end) }
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

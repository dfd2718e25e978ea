public import Wire

extension MongoConnection {
    /// Asks for the next documents of a cursor.
    ///
    /// - Parameter milliseconds: how long a change stream's server waits for the first of them; nil for other cursors.
    @available(*, noasync)
    public func getMore(
        _ cursor: Int64, of collection: String, in database: String, batchSize: Int32? = nil,
        awaitingMilliseconds milliseconds: Int64? = nil
    ) throws(MongoError) -> CursorReply {
        var command = BSONWriter()
        command.append("getMore", int64: cursor)
        command.append("collection", collection)
        if let batchSize { command.append("batchSize", int32: batchSize) }
        if let milliseconds { command.append("maxTimeMS", int64: milliseconds) }
        return try CursorReply(try run(command, on: database))
    }

    /// How many bytes of documents a question may bring, where nothing else is said.
    public static let answerBytesMax = 256 << 20

    /// Runs a `find` or an `aggregate` to its end, calling `body` with each document.
    ///
    /// - Parameters:
    ///   - batchSize: how many documents an answer after the first may bring; nil for as many as fit into 16 MB.
    ///   - bytesMax: how many bytes of documents may come; nil where nothing keeps them.
    /// - Throws: ``MongoError`` of the kind `answerTooLarge` as soon as there are more.
    @available(*, noasync)
    public func forEachDocument(
        of command: BSONWriter, on database: String, batchSize: Int32? = nil, bytesMax: Int? = answerBytesMax,
        _ body: (borrowing BSONDocument) throws -> Void
    ) throws {
        var page = try CursorReply(try run(command, on: database))
        var bytes = 0
        while true {
            do {
                bytes += page.reply.bytes.count
                // What has come may be taken; it is what comes after it that has no end.
                if let bytesMax, bytes > bytesMax, page.cursor != 0 { throw MongoError.answerTooLarge(bytesMax) }
                try page.forEachDocument(body)
            } catch {
                if page.cursor != 0 { killCursor(page.cursor, of: page.collection, in: database) }
                throw error
            }
            guard page.cursor != 0 else { return }
            page = try getMore(page.cursor, of: page.collection, in: database, batchSize: batchSize)
        }
    }

    /// Ends a cursor early; what the server says of it does not matter.
    @available(*, noasync)
    public func killCursor(_ cursor: Int64, of collection: String, in database: String) {
        var command = BSONWriter()
        command.append("killCursors", collection)
        var list = BSONWriter()
        list.append("0", int64: cursor)
        command.append("cursors", array: list)
        _ = try? run(command, on: database)
    }
}

/// An open change stream.
///
/// Confined to the connection's thread.
public final class ChangeStream {
    private let connection: MongoConnection
    private let request: ChangeStreamRequest
    private var first: CursorReply?
    private var cursor: Int64
    private let collection: String

    /// Opens a stream. An error here is not one to resume after: the caller decides by its kind.
    @available(*, noasync)
    public init(
        on connection: MongoConnection, _ request: ChangeStreamRequest, from start: ChangeStreamStart
    ) throws(MongoError) {
        self.connection = connection
        self.request = request
        let reply = try CursorReply(try connection.run(request.command(from: start), on: request.database))
        (cursor, collection, first) = (reply.cursor, reply.collection, reply)
    }

    /// Whether the server has closed the stream, as it does after an `invalidate`.
    public var isClosed: Bool { cursor == 0 }

    /// The next events; none where nothing came in the time.
    @available(*, noasync)
    public func next(awaitingMilliseconds milliseconds: Int64) throws(MongoError) -> CursorReply {
        if let reply = first.take() { return reply }
        guard cursor != 0 else {
            throw MongoError(.server, code: .cursorNotFound, message: "the server closed the change stream")
        }
        let reply = try connection.getMore(
            cursor, of: collection, in: request.database, batchSize: request.batchSize,
            awaitingMilliseconds: max(1, milliseconds))
        cursor = reply.cursor
        return reply
    }

    /// Tells the server that nothing more is wanted.
    @available(*, noasync)
    public func close() {
        guard cursor != 0 else { return }
        connection.killCursor(cursor, of: collection, in: request.database)
        cursor = 0
    }
}

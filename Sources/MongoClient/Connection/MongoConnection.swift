internal import CMongoC
internal import Wire

/// One libmongoc client with one session, bound to the primary.
///
/// Not safe to use from two threads at once. Every call blocks: on a connection that died in silence for as long as the
/// url's `socketTimeoutMS` says, 30 s where it says nothing.
public final class MongoConnection {
    private let client: OpaquePointer
    let session: OpaquePointer
    /// The primary that the connection was made to; a command never goes elsewhere.
    private let server: UInt32

    private static let socketTimeout: Int32 = 30_000

    /// Connects to the primary.
    @available(*, noasync)
    public init(_ settings: MongoSettings) throws(MongoError) {
        MongoLibrary.prepare()
        guard let uri = mongoc_uri_new_with_error(settings.url, nil) else {
            throw MongoError(.configuration, message: "the url is not a MongoDB connection string")
        }
        defer { mongoc_uri_destroy(uri) }
        if mongoc_uri_get_option_as_int32(uri, "sockettimeoutms", 0) == 0 {
            mongoc_uri_set_option_as_int32(uri, "sockettimeoutms", Self.socketTimeout)
        }
        var error = bson_error_t()
        guard let client = mongoc_client_new_from_uri_with_error(uri, &error) else {
            throw MongoError(.configuration, message: "the options of the MongoDB url cannot be used together")
        }
        mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2)
        mongoc_client_set_appname(client, settings.applicationName)
        do throws(MongoError) {
            server = try Self.primary(of: client)
            session = try Self.openSession(on: client)
        } catch {
            mongoc_client_destroy(client)
            throw error
        }
        self.client = client
    }

    deinit {
        mongoc_client_session_destroy(session)
        mongoc_client_destroy(client)
    }

    /// Runs a command on a database and returns the server's answer.
    @available(*, noasync)
    public func run(_ command: BSONWriter, on database: String) throws(MongoError) -> MongoReply {
        try run(command.document, on: database)
    }

    /// Runs a command that was made elsewhere.
    @available(*, noasync)
    public func run(_ bytes: [UInt8], on database: String) throws(MongoError) -> MongoReply {
        let options = bson_new()
        defer { bson_destroy(options) }
        var error = bson_error_t()
        guard bson_append_int32(options, "serverId", -1, Int32(bitPattern: server)),
            mongoc_client_session_append(session, options, &error)
        else { throw .protocolViolation("a command cannot be made") }
        guard let body = bson_new_from_data(bytes, bytes.count) else {
            throw .protocolViolation("a command cannot be made")
        }
        defer { bson_destroy(body) }
        let reply = MongoReply()
        guard mongoc_client_command_with_opts(client, database, body, nil, options, reply.pointer, &error) else {
            throw MongoError(error, reply: reply)
        }
        return reply
    }

    private static func primary(of client: OpaquePointer) throws(MongoError) -> UInt32 {
        var error = bson_error_t()
        guard let description = mongoc_client_select_server(client, true, nil, &error) else {
            throw MongoError(error, reply: nil)
        }
        defer { mongoc_server_description_destroy(description) }
        return mongoc_server_description_id(description)
    }

    private static func openSession(on client: OpaquePointer) throws(MongoError) -> OpaquePointer {
        var error = bson_error_t()
        let options = mongoc_session_opts_new()
        defer { mongoc_session_opts_destroy(options) }
        mongoc_session_opts_set_causal_consistency(options, false)
        guard let session = mongoc_client_start_session(client, options, &error) else {
            throw MongoError(error, reply: nil)
        }
        return session
    }
}

extension MongoConnection {
    /// The document that JSON in MongoDB's extended form stands for; nil for other text.
    public static func document(fromJSON text: String) -> [UInt8]? {
        guard let document = bson_new_from_json(text, text.utf8.count, nil) else { return nil }
        defer { bson_destroy(document) }
        // SAFETY: libbson keeps a document of exactly this length until it is destroyed; the array copies it.
        let length = Int(UnsafeMutablePointer<bson_t>(document).pointee.len)
        return Array(UnsafeBufferPointer(start: bson_get_data(document), count: length))
    }
}

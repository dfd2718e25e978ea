internal import CMongoC
public import Wire

/// The server's answer to one command.
///
/// Confined to the thread that ran the command.
public final class MongoReply {
    private let storage: UnsafeMutablePointer<bson_t>
    /// The document for libmongoc to fill and to read.
    var pointer: OpaquePointer { OpaquePointer(storage) }

    /// Memory that libmongoc makes a document in, whether the command succeeds or fails.
    init() {
        storage = .allocate(capacity: 1)
        bson_init(pointer)
    }

    deinit {
        bson_destroy(pointer)
        storage.deallocate()
    }

    /// The answer as the server wrote it.
    public var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            // SAFETY: libbson keeps a document of exactly this length until it is destroyed, which the reply's end does.
            let bytes = UnsafeBufferPointer(start: bson_get_data(pointer), count: Int(storage.pointee.len))
            return _overrideLifetime(Span(_unsafeElements: bytes), borrowing: self)
        }
    }

    public var document: BSONDocument {
        @_lifetime(borrow self)
        get throws(MongoError) {
            do { return try BSONDocument(bytes) } catch {
                throw .protocolViolation("the server's answer cannot be read: \(error)")
            }
        }
    }
}

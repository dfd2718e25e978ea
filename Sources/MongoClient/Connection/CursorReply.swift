public import Wire

/// The server's answer to a command that opens or continues a cursor.
public struct CursorReply {
    public let reply: MongoReply
    /// Zero where nothing more comes.
    public let cursor: Int64
    /// The collection that `getMore` has to name.
    public let collection: String
    /// Where each document stands in ``MongoReply/bytes``.
    public let documents: [Range<Int>]
    /// Change streams: where the stream stands after these documents.
    public let postBatchToken: [UInt8]?
    /// Snapshot reads: the time that they show.
    public let atClusterTime: MongoTimestamp?

    public init(_ reply: MongoReply) throws(MongoError) {
        do throws(WireError) {
            guard let fields = try Fields(reply.bytes) else { throw .malformed("cursor") }
            self.reply = reply
            cursor = fields.cursor
            collection = fields.collection
            documents = fields.documents
            postBatchToken = fields.postBatchToken
            atClusterTime = fields.atClusterTime
        } catch {
            throw .protocolViolation("the server's cursor cannot be read: \(error)")
        }
    }

    /// Calls `body` with each document in order.
    public func forEachDocument(_ body: (borrowing BSONDocument) throws -> Void) throws {
        let bytes = reply.bytes
        for range in documents { try body(try BSONDocument(bytes.extracting(range))) }
    }

    private struct Fields {
        var cursor: Int64 = 0
        var collection = ""
        var documents: [Range<Int>] = []
        var postBatchToken: [UInt8]?
        var atClusterTime: MongoTimestamp?

        init?(_ bytes: Span<UInt8>) throws(WireError) {
            var isFound = false
            var elements = try BSONDocument(bytes).elements
            while try elements.advance() {
                guard elements.type == .document, elements.name.isEqual(to: "cursor") else { continue }
                isFound = true
                let start = elements.range.upperBound - elements.value.bytes.count
                try readCursor(elements.value.document, at: start)
            }
            if !isFound { return nil }
        }

        private mutating func readCursor(_ document: borrowing BSONDocument, at start: Int) throws(WireError) {
            var elements = document.elements
            while try elements.advance() {
                let name = elements.name
                switch elements.type {
                case .int64 where name.isEqual(to: "id"): cursor = elements.value.integer ?? 0
                case .string where name.isEqual(to: "ns"):
                    let text = String(decoding: elements.value.text)
                    collection = text.firstIndex(of: ".").map { String(text[text.index(after: $0)...]) } ?? text
                case .document where name.isEqual(to: "postBatchResumeToken"):
                    postBatchToken = [UInt8](copying: elements.value.bytes)
                case .timestamp where name.isEqual(to: "atClusterTime"):
                    atClusterTime = MongoTimestamp(elements.value.timestamp)
                case .array where name.isEqual(to: "firstBatch") || name.isEqual(to: "nextBatch"):
                    let value = elements.value
                    try readDocuments(value.document, at: start + elements.range.upperBound - value.bytes.count)
                default: break
                }
            }
        }

        private mutating func readDocuments(_ array: borrowing BSONDocument, at start: Int) throws(WireError) {
            var elements = array.elements
            while try elements.advance() {
                guard elements.type == .document else { throw .malformed("document of a cursor") }
                let end = start + elements.range.upperBound
                documents.append(end - elements.value.bytes.count..<end)
            }
        }
    }
}

extension MongoTimestamp {
    init(_ timestamp: (seconds: UInt32, increment: UInt32)) {
        self.init(seconds: timestamp.seconds, increment: timestamp.increment)
    }
}

extension [UInt8] {
    /// The bytes of a span.
    public init(copying bytes: Span<UInt8>) {
        self = []
        append(bytes)
    }
}

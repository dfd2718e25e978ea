public import Wire

/// One event of a change stream: what it says about itself, and where its documents stand in its bytes.
///
/// Nothing of a document is read.
public struct ChangeEvent: Sendable, Equatable {
    /// What happened. Open: what a server of tomorrow calls otherwise is ``other(_:)``.
    public enum Kind: Sendable, Equatable {
        case insert
        case update
        case replace
        case delete
        case drop
        case rename
        case dropDatabase
        /// Nothing follows on this stream; another can be opened after it.
        case invalidate
        case other(String)
    }

    /// A collection's name in the event's bytes; without `collection` for an event of a whole database.
    public struct Namespace: Sendable, Equatable {
        public var database: Range<Int>
        public var collection: Range<Int>?
    }

    /// Which part of an event that was too large for one document.
    public struct Fragment: Sendable, Equatable {
        /// From one.
        public var number: Int
        public var count: Int
    }

    public var kind: Kind
    public var clusterTime: MongoTimestamp
    /// When the server executed it, in microseconds since 1970.
    public var committedAt: Int64
    /// The resume token, a document.
    public var token: Range<Int>
    public var namespace: Namespace?
    /// Where a renamed collection went.
    public var destination: Namespace?
    /// A document of `_id` and, on a sharded cluster, the shard key.
    public var documentKey: Range<Int>?
    /// The document after the change.
    public var fullDocument: Range<Int>?
    /// The document before the change.
    public var documentBefore: Range<Int>?
    /// Whether the event is of a transaction, whose events share a cluster time.
    public var isOfTransaction: Bool
    public var fragment: Fragment?

    /// Reads an event; everything but its documents is checked.
    public init(_ bytes: Span<UInt8>) throws(WireError) {
        var kind: Kind?
        var time: MongoTimestamp?
        var token: Range<Int>?
        var wallMilliseconds: Int64?
        (namespace, destination, documentKey, fullDocument, documentBefore, fragment) = (nil, nil, nil, nil, nil, nil)
        isOfTransaction = false
        var elements = try BSONDocument(bytes).elements
        while try elements.advance() {
            let name = elements.name
            let value = elements.value
            let place = elements.range.upperBound - value.bytes.count..<elements.range.upperBound
            switch value.type {
            case .string where name.isEqual(to: "operationType"): kind = Kind(value.text)
            case .timestamp where name.isEqual(to: "clusterTime"): time = MongoTimestamp(value.timestamp)
            case .date where name.isEqual(to: "wallTime"): wallMilliseconds = value.dateMilliseconds
            case .int64 where name.isEqual(to: "txnNumber"): isOfTransaction = true
            case .document where name.isEqual(to: "_id"): token = place
            case .document where name.isEqual(to: "ns"):
                namespace = try Self.namespace(value.document, at: place.lowerBound)
            case .document where name.isEqual(to: "to"):
                destination = try Self.namespace(value.document, at: place.lowerBound)
            case .document where name.isEqual(to: "documentKey"): documentKey = place
            case .document where name.isEqual(to: "fullDocument"): fullDocument = place
            case .document where name.isEqual(to: "fullDocumentBeforeChange"): documentBefore = place
            case .document where name.isEqual(to: "splitEvent"): fragment = try Self.fragment(value.document)
            default: break
            }
        }
        // Only the first part of a split event is sure to hold the rest.
        guard let token, let kind = kind ?? (fragment == nil ? nil : .other("fragment")),
            let time = time ?? (fragment == nil ? nil : MongoTimestamp(seconds: 0, increment: 0))
        else { throw .malformed("change event") }
        (self.token, self.kind, clusterTime) = (token, kind, time)
        committedAt =
            wallMilliseconds.map { $0.multipliedReportingOverflow(by: 1_000).partialValue }
            ?? Int64(time.seconds) * 1_000_000
    }

    private static func namespace(
        _ document: borrowing BSONDocument, at start: Int
    ) throws(WireError) -> Namespace? {
        var database: Range<Int>?
        var collection: Range<Int>?
        var elements = document.elements
        while try elements.advance() {
            guard elements.type == .string else { continue }
            let end = start + elements.range.upperBound - 1
            let text = end - elements.value.text.count..<end
            if elements.name.isEqual(to: "db") { database = text }
            if elements.name.isEqual(to: "coll") { collection = text }
        }
        return database.map { Namespace(database: $0, collection: collection) }
    }

    private static func fragment(_ document: borrowing BSONDocument) throws(WireError) -> Fragment {
        var number: Int64?
        var count: Int64?
        var elements = document.elements
        while try elements.advance() {
            if elements.name.isEqual(to: "fragment") { number = elements.value.integer }
            if elements.name.isEqual(to: "of") { count = elements.value.integer }
        }
        guard let number, let count, 1...count ~= number else { throw .malformed("part of a change event") }
        return Fragment(number: Int(number), count: Int(count))
    }
}

extension ChangeEvent.Kind {
    init(_ name: Span<UInt8>) {
        switch true {
        case name.isEqual(to: "insert"): self = .insert
        case name.isEqual(to: "update"): self = .update
        case name.isEqual(to: "replace"): self = .replace
        case name.isEqual(to: "delete"): self = .delete
        case name.isEqual(to: "drop"): self = .drop
        case name.isEqual(to: "rename"): self = .rename
        case name.isEqual(to: "dropDatabase"): self = .dropDatabase
        case name.isEqual(to: "invalidate"): self = .invalidate
        default: self = .other(String(decoding: name))
        }
    }
}

extension ChangeEvent.Kind: CustomStringConvertible {
    /// The server's own name.
    public var description: String { String(decoding: name, as: UTF8.self) }

    /// The server's own name, which is not made anew for each event.
    public var name: [UInt8] {
        switch self {
        case .insert: Self.insertName
        case .update: Self.updateName
        case .replace: Self.replaceName
        case .delete: Self.deleteName
        case .drop: Array("drop".utf8)
        case .rename: Array("rename".utf8)
        case .dropDatabase: Array("dropDatabase".utf8)
        case .invalidate: Array("invalidate".utf8)
        case .other(let name): Array(name.utf8)
        }
    }

    private static let insertName = Array("insert".utf8)
    private static let updateName = Array("update".utf8)
    private static let replaceName = Array("replace".utf8)
    private static let deleteName = Array("delete".utf8)
}

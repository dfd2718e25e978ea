public import Wire

/// Puts the parts of an event back together that was too large for one document, without I/O.
///
/// The server divides such an event by its fields (`$changeStreamSplitLargeEvent`): each part is a document with a token
/// of its own, some of the fields, and its number.
public struct SplitEvent: Sendable {
    private var fields: [UInt8] = []
    private var received = 0
    private var count = 0

    public init() {}

    /// Whether parts of an event were received and others were not.
    public var isOpen: Bool { received > 0 }

    /// Forgets what was received, because the stream begins anew before it.
    public mutating func reset() { self = SplitEvent() }

    /// Takes the next part. Returns the event, whole and with the token of its last part, once every part was taken.
    ///
    /// - Throws: for a part that does not follow the one before it.
    public mutating func add(_ bytes: Span<UInt8>, _ part: ChangeEvent.Fragment) throws(WireError) -> [UInt8]? {
        guard part.number == received + 1, received == 0 || part.count == count else {
            throw .malformed("order of the parts of a change event")
        }
        (received, count) = (part.number, part.count)
        var elements = try BSONDocument(bytes).elements
        while try elements.advance() {
            if elements.name.isEqual(to: "splitEvent") { continue }
            if elements.name.isEqual(to: "_id"), part.number < part.count { continue }
            fields.append(elements.element)
        }
        guard received == count else { return nil }
        var writer = BSONWriter()
        writer.append(element: fields.span)
        reset()
        return writer.document
    }
}

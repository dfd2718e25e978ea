internal import Change
internal import Connector
internal import Wire

/// Some writes on their way to be compared: what is asked for, what is expected, and what was found.
struct CompareBatch {
    /// How many documents one request asks for, and how many bytes the expected ones have.
    static let countMax = 500
    static let bytesMax = 4 << 20

    let writes: [SinkWrite]
    /// One for each write, in order.
    var comparisons: [Comparison]
    /// Why the cluster would not give a document, where that is not the document's own matter.
    private(set) var refusal: MillraceError?
    /// The places that are asked for, as a request's body.
    private var places: [UInt8] = Array(#"{"docs":["#.utf8)
    private var documents: [UInt8] = []
    /// Where in `writes` each place stands, and the document that should be there; nil for none.
    private var asked: [(index: Int, document: Range<Int>?)] = []

    /// Takes as many of the first writes as one request is for, at least one.
    init(_ writes: ArraySlice<SinkWrite>) {
        var places = ElasticsearchEncoding(reserving: 1 << 16)
        var documents = ElasticsearchEncoding(reserving: 1 << 16)
        var taken: [SinkWrite] = []
        comparisons = []
        for write in writes {
            guard taken.count < Self.countMax, documents.body.count < Self.bytesMax else { break }
            guard let mapping = write.mapping as? ElasticsearchMapping else {
                preconditionFailure("the sink made its mappings")
            }
            let start = documents.body.count
            do throws(RowProblem) {
                if write.action != .delete { try documents.append(documentOf: write, mapping: mapping) }
                try places.append(placeOf: write.row, mapping: mapping)
                let document = write.action == .delete ? nil : start..<documents.body.count
                asked.append((taken.count, document))
                comparisons.append(Comparison(.equal))
            } catch {
                comparisons.append(Comparison(.unverifiable("the row cannot be written: \(error)")))
            }
            taken.append(write)
        }
        self.writes = taken
        self.places += places.body
        self.places += Array("]}".utf8)
        self.documents = documents.body
    }

    var writeCount: Int { writes.count }
    var isEmpty: Bool { asked.isEmpty }

    var request: ElasticsearchRequest { .documents(places) }

    /// Settles a batch whose answer cannot be taken in.
    mutating func giveUp() {
        for (index, _) in asked {
            comparisons[index] = Comparison(.unverifiable("what stands there is larger than is read at once"))
        }
    }

    /// Settles every write by the document that was found for it.
    mutating func settle(_ bytes: Span<UInt8>) throws(WireError) {
        let found = try FoundDocument.read(bytes)
        guard found.count == asked.count else { throw .malformed("answer to a request for documents") }
        for (place, document) in zip(asked, found) {
            guard let mapping = writes[place.index].mapping as? ElasticsearchMapping else { continue }
            if let type = document.errorType {
                settle(place.index, error: bytes.extracting(type), mapping, isExpected: place.document != nil)
                continue
            }
            let version = document.version.map { Version(rawValue: $0) }
            comparisons[place.index] = Comparison(
                try verdict(on: document, in: bytes, place.document, mapping), version: version)
        }
    }

    // MARK: Verdicts

    private func verdict(
        on found: FoundDocument, in bytes: Span<UInt8>, _ expected: Range<Int>?, _ mapping: ElasticsearchMapping
    ) throws(WireError) -> Comparison.Verdict {
        guard found.isFound else { return expected == nil ? .equal : .missing }
        guard let source = found.source else {
            return expected == nil ? .extra : .unverifiable("the index keeps no _source of its documents")
        }
        let document = bytes.extracting(source)
        if let field = mapping.quotedDeletedField, try Self.holds(document, field, "true") {
            return expected == nil ? .equal : .missing
        }
        guard let expected else {
            if let origin = mapping.quotedOrigin, try !Self.holds(document, origin) {
                return .unverifiable("what stands there was written by another mapping or pipeline")
            }
            return .extra
        }
        return try verdict(on: document, expected: documents.span.extracting(expected))
    }

    private func verdict(
        on found: Span<UInt8>, expected: Span<UInt8>
    ) throws(WireError) -> Comparison.Verdict {
        let differences: [JSONDifference]
        do throws(WireError) {
            differences = try JSONDifference.between(expected: expected, found: found)
        } catch {
            return .unverifiable("the document is no JSON that can be read")
        }
        if differences.isEmpty { return .equal }
        return .different(
            differences.prefix(Comparison.differencesMax).map { difference in
                ColumnDifference(
                    difference.name ?? "_source", expected: Self.copy(difference.expected, of: expected),
                    found: Self.copy(difference.found, of: found))
            })
    }

    private mutating func settle(
        _ index: Int, error: Span<UInt8>, _ mapping: ElasticsearchMapping, isExpected: Bool
    ) {
        let words = ErrorReason.name(error) ?? "an error"
        switch ErrorType(error) {
        // An index that rows name is made by the first of them.
        case .indexNotFound: comparisons[index] = Comparison(isExpected ? .missing : .equal)
        case .indexClosed, .routingMissing, .security, .illegalArgument, .badDocument, .strictMapping, .versionConflict:
            refusal = MillraceError(.sinkRejected, "a document cannot be read (\(words))", place: mapping.place)
        case .overloaded, .unavailable, .blocked, .unknown:
            refusal = MillraceError(.sinkUnavailable, "a document cannot be read now (\(words))", place: mapping.place)
        }
    }

    /// Whether a document has, at its top, a member such as `"deleted":true` or `"origin":"orders"`.
    ///
    /// - Parameter member: its name with quotes and colon, and perhaps its value.
    private static func holds(
        _ document: Span<UInt8>, _ member: [UInt8], _ value: StaticString = ""
    ) throws(WireError) -> Bool {
        var wanted: [UInt8] = [UInt8(ascii: "{")] + member
        wanted.append(literal: value)
        wanted.append(UInt8(ascii: "}"))
        let differences: [JSONDifference]
        do throws(WireError) {
            differences = try JSONDifference.between(expected: wanted.span, found: document)
        } catch {
            return false
        }
        return !differences.contains { $0.expected != nil }
    }

    private static func copy(_ range: Range<Int>?, of bytes: Span<UInt8>) -> [UInt8]? {
        guard let range else { return nil }
        var copy: [UInt8] = []
        copy.append(bytes.extracting(range))
        return copy
    }
}

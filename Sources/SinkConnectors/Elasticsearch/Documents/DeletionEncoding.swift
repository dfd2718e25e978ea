internal import Change
internal import Wire

/// Writes the lines that delete what a scan found.
struct DeletionEncoding {
    /// The lines so far.
    private(set) var body: [UInt8] = []
    private(set) var count = 0
    /// The field to set where deletes are soft.
    private let deletedField: String?
    /// What the deletes bear; documents of just this version go too (`external_gte`).
    private let version: Version

    init(version: Version, deletedField: String?) {
        self.version = version
        self.deletedField = deletedField
    }

    /// Appends the lines for one document.
    ///
    /// - Throws: where a document that is kept, marked as deleted, cannot be read.
    mutating func append(_ place: DocumentPlace) throws(WireError) {
        body.append(literal: "{\"")
        if deletedField == nil { body.append(literal: "delete") } else { body.append(literal: "index") }
        body.append(literal: #"":{"_index":""#)
        body.append(contentsOf: place.index)
        body.append(literal: #"","_id":""#)
        body.append(contentsOf: place.id)
        if !place.routing.isEmpty {
            body.append(literal: #"","routing":""#)
            body.append(contentsOf: place.routing)
        }
        body.append(literal: #"","version":"#)
        body.append(decimal: version.rawValue)
        body.append(literal: ",\"version_type\":\"external_gte\"}}\n")
        if let deletedField { try appendMarked(place.source.span, field: deletedField) }
        count += 1
    }

    /// The document as it is, byte for byte, but for the one field.
    private mutating func appendMarked(_ source: Span<UInt8>, field: String) throws(WireError) {
        var quoted: [UInt8] = []
        quoted.append(jsonString: field)
        var scanner = JSONScanner(source)
        try scanner.enterObject()
        body.append(UInt8(ascii: "{"))
        body.append(contentsOf: quoted)
        body.append(literal: ":true")
        while let key = try scanner.nextKey() {
            let value = try scanner.skipValue()
            let name = source.extracting(key.lowerBound - 1..<key.upperBound + 1)
            if name.isEqual(to: quoted.span) { continue }
            body.append(UInt8(ascii: ","))
            body.append(name)
            body.append(UInt8(ascii: ":"))
            body.append(source.extracting(value))
        }
        body.append(literal: "}\n")
    }
}

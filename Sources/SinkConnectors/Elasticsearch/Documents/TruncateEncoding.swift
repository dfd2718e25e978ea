internal import Change
internal import Wire

/// Writes the lines that delete what a search found.
struct TruncateEncoding {
    /// The lines so far.
    private(set) var body: [UInt8] = []
    private(set) var count = 0
    /// The field to set where deletes are soft.
    let deletedField: String?
    /// What the deletes bear: one below the floor, so that a row of the same window as the truncate, which comes after
    /// it and bears the floor itself, is newer. Documents of just that version go too (`external_gte`).
    private let version: Int64

    init(floor: Version, deletedField: String?) {
        version = max(0, floor.rawValue - 1)
        self.deletedField = deletedField
    }

    /// Whether a document of this version goes.
    func covers(_ found: Int64) -> Bool { found <= version }

    /// Appends the lines for one document.
    ///
    /// - Throws: where a document that is kept, marked as deleted, cannot be read.
    mutating func append(_ hit: ScrollPage.Hit, in bytes: Span<UInt8>) throws(WireError) {
        body.append(literal: "{\"")
        if deletedField == nil { body.append(literal: "delete") } else { body.append(literal: "index") }
        body.append(literal: #"":{"_index":""#)
        body.append(bytes.extracting(hit.index))
        body.append(literal: #"","_id":""#)
        body.append(bytes.extracting(hit.id))
        if let routing = hit.routing {
            body.append(literal: #"","routing":""#)
            body.append(bytes.extracting(routing))
        }
        body.append(literal: #"","version":"#)
        body.append(decimal: version)
        body.append(literal: ",\"version_type\":\"external_gte\"}}\n")
        if let deletedField { try appendMarked(hit, field: deletedField, in: bytes) }
        count += 1
    }

    /// The document as it is, byte for byte, but for the one field.
    private mutating func appendMarked(_ hit: ScrollPage.Hit, field: String, in bytes: Span<UInt8>) throws(WireError) {
        guard let range = hit.source else { throw .malformed("search response") }
        let source = bytes.extracting(range)
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

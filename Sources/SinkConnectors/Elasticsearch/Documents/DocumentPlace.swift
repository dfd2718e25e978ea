internal import Change
internal import Connector
internal import Wire

/// Where a document stands, as a search says it: raw JSON text without quotes, and the document itself where it is kept
/// when it is deleted.
struct DocumentPlace {
    var index: [UInt8]
    var id: [UInt8]
    /// Empty for none.
    var routing: [UInt8]
    var source: [UInt8]

    /// - Parameter isWhole: whether the document itself is wanted.
    init(_ hit: ScrollPage.Hit, in bytes: Span<UInt8>, isWhole: Bool = true) {
        index = Self.copy(hit.index, of: bytes)
        id = Self.copy(hit.id, of: bytes)
        routing = hit.routing.map { Self.copy($0, of: bytes) } ?? []
        source = isWhole ? hit.source.map { Self.copy($0, of: bytes) } ?? [] : []
    }

    init(_ entry: SinkEntry) throws {
        guard entry.place.count == 4 else {
            throw MillraceError(.invariant, "an entry that no scan of this sink has found")
        }
        (index, id, routing, source) = (entry.place[0], entry.place[1], entry.place[2], entry.place[3])
    }

    /// The entry for a document of a mapping.
    func entry(version: Int64, of mapping: ElasticsearchMapping) throws -> SinkEntry {
        // Behind an alias the document's own index has another name than the mapping's.
        var key = try mapping.index.fixedName.map { Array($0.utf8) } ?? Self.text(index)
        key.append(ElasticsearchMapping.keySeparator)
        key += try Self.text(routing)
        key.append(ElasticsearchMapping.keySeparator)
        key += try Self.text(id)
        return SinkEntry(key: key, version: Version(rawValue: version), place: [index, id, routing, source])
    }

    private static func copy(_ range: Range<Int>, of bytes: Span<UInt8>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.append(bytes.extracting(range))
        return copy
    }

    /// The text that raw JSON text stands for.
    private static func text(_ raw: [UInt8]) throws -> [UInt8] {
        guard raw.contains(UInt8(ascii: "\\")) else { return raw }
        let quote = UInt8(ascii: "\"")
        return Array((try JSONValue(parsing: [quote] + raw + [quote]).text ?? "").utf8)
    }
}

internal import Change
internal import Connector
internal import Wire

/// Where one point of a mapping stands: its time, and a value for each of the mapping's tags, empty for one that the
/// point does not have.
struct PointPlace: Hashable, Sendable {
    /// Nanoseconds since 1970.
    var time: Int64
    var tags: [[UInt8]]

    init(time: Int64, tags: [[UInt8]]) {
        self.time = time
        self.tags = tags
    }

    /// The place of a row's point.
    init(of row: Row, _ mapping: InfluxDBMapping) throws(PointProblem) {
        time = try mapping.time?.nanoseconds(of: row) ?? 0
        tags = try mapping.tagValues(of: row)
    }

    /// The place of an entry that a scan found.
    init(_ entry: SinkEntry) throws {
        guard let first = entry.place.first, let time = Int64(String(decoding: first, as: UTF8.self)) else {
            throw MillraceError(.invariant, "an entry that no scan of this sink has found")
        }
        self.time = time
        tags = Array(entry.place.dropFirst())
    }

    func entry(version: Version, of mapping: InfluxDBMapping) -> SinkEntry {
        var key: [UInt8] = []
        mapping.appendSeries(ofTags: tags, to: &key)
        key.append(UInt8(ascii: " "))
        key.append(decimal: time)
        return SinkEntry(key: key, version: version, place: [Array("\(time)".utf8)] + tags)
    }

    /// What names the point in a statement of InfluxQL; a tag that it does not have is equal to the empty text.
    func condition(_ mapping: InfluxDBMapping) -> String {
        var terms = ["time = \(time)"]
        for (tag, value) in zip(mapping.tags, tags) {
            terms.append("\(InfluxQL.name(tag.name)) = \(InfluxQL.text(String(decoding: value, as: UTF8.self)))")
        }
        return terms.joined(separator: " AND ")
    }

    /// What names the point's series in a predicate of InfluxDB 2; nil where it lacks a tag, which none can say.
    func predicate(_ mapping: InfluxDBMapping) -> String? {
        guard tags.allSatisfy({ !$0.isEmpty }) else { return nil }
        var terms = ["_measurement=\(Self.quoted(mapping.measurement))"]
        for (tag, value) in zip(mapping.tags, tags) {
            terms.append("\(Self.quoted(tag.name))=\(Self.quoted(String(decoding: value, as: UTF8.self)))")
        }
        return terms.joined(separator: " AND ")
    }

    private static func quoted(_ text: String) -> String { InfluxQL.name(text) }
}

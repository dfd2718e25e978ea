internal import Change
internal import Connector
internal import Wire

/// Where one point stands: its time, and a value for each of a mapping's tags, empty for one that the point does not
/// have.
struct PointPlace: Hashable, Sendable {
    /// A tag that the mapping does not write: the point is of another series than the mapping's.
    struct OtherTag: Hashable, Sendable {
        var name: String
        var value: [UInt8]
    }

    /// Nanoseconds since 1970.
    var time: Int64
    var tags: [[UInt8]]
    /// In the order of their names.
    var others: [OtherTag] = []

    init(time: Int64, tags: [[UInt8]], others: [OtherTag] = []) {
        self.time = time
        self.tags = tags
        self.others = others
    }

    /// The place of a row's point.
    init(of row: Row, _ mapping: InfluxDBMapping) throws(PointProblem) {
        time = try mapping.time?.nanoseconds(of: row) ?? 0
        tags = try mapping.tagValues(of: row)
    }

    /// The place of an entry that a scan found.
    init(_ entry: SinkEntry, of mapping: InfluxDBMapping) throws {
        let texts = entry.place.dropFirst(mapping.tags.count + 1)
        guard let first = entry.place.first, let time = Int64(String(decoding: first, as: UTF8.self)),
            entry.place.count > mapping.tags.count, texts.count.isMultiple(of: 2)
        else {
            throw MillraceError(.invariant, "an entry that no scan of this sink has found")
        }
        self.time = time
        tags = Array(entry.place[1...mapping.tags.count])
        others = stride(from: texts.startIndex, to: texts.endIndex, by: 2).map { index in
            OtherTag(name: String(decoding: texts[index], as: UTF8.self), value: texts[index + 1])
        }
    }

    /// Series and time, as a line has them: no two points have one.
    func key(_ mapping: InfluxDBMapping) -> [UInt8] {
        var key: [UInt8] = []
        appendSeries(mapping, to: &key)
        key.append(UInt8(ascii: " "))
        key.append(decimal: time)
        return key
    }

    func appendSeries(_ mapping: InfluxDBMapping, to line: inout [UInt8]) {
        mapping.appendSeries(ofTags: tags, to: &line)
        for tag in others {
            line.append(UInt8(ascii: ","))
            line.append(contentsOf: LineText.name(tag.name))
            line.append(UInt8(ascii: "="))
            LineText.append(escaped: tag.value.span, to: &line)
        }
    }

    func entry(version: Version, of mapping: InfluxDBMapping) -> SinkEntry {
        let others = others.flatMap { [Array($0.name.utf8), $0.value] }
        return SinkEntry(key: key(mapping), version: version, place: [Array("\(time)".utf8)] + tags + others)
    }

    /// What names the point in a statement of InfluxQL; a tag that it does not have is equal to the empty text.
    ///
    /// - Parameter names: every tag of the measurement that the mapping does not write, as far as that is known.
    func condition(_ mapping: InfluxDBMapping, amid names: [String] = []) -> String {
        var terms = ["time = \(time)"]
        for (tag, value) in zip(mapping.tags, tags) { terms.append(Self.term(tag.name, value)) }
        for tag in others { terms.append(Self.term(tag.name, tag.value)) }
        for name in names where !others.contains(where: { $0.name == name }) { terms.append(Self.term(name, [])) }
        return terms.joined(separator: " AND ")
    }

    /// What names the point's series in a predicate of InfluxDB 2; nil where it lacks a tag, which none can say.
    func predicate(_ mapping: InfluxDBMapping, amid names: [String] = []) -> String? {
        guard tags.allSatisfy({ !$0.isEmpty }), names.allSatisfy({ name in others.contains { $0.name == name } }) else {
            return nil
        }
        var terms = ["_measurement=\(Self.quoted(mapping.measurement))"]
        for (name, value) in Array(zip(mapping.tags.map(\.name), tags)) + others.map({ ($0.name, $0.value) }) {
            terms.append("\(Self.quoted(name))=\(Self.quoted(String(decoding: value, as: UTF8.self)))")
        }
        return terms.joined(separator: " AND ")
    }

    private static func term(_ name: String, _ value: [UInt8]) -> String {
        "\(InfluxQL.name(name)) = \(InfluxQL.text(String(decoding: value, as: UTF8.self)))"
    }

    private static func quoted(_ text: String) -> String { InfluxQL.name(text) }
}

/// Which columns of a query's answer are a point's time, which its fields, and which its tags.
struct PointColumns {
    private let time: Int
    private let fields: [Int?]
    private let tags: [Int?]
    private let others: [(name: String, index: Int)]

    /// - Parameter names: the fields that were asked for, beside every tag.
    /// - Returns: nil where the answer is none to such a question.
    init?(_ table: QueryTable, fields names: [String], of mapping: InfluxDBMapping) {
        guard let time = table.index(of: "time") else { return nil }
        self.time = time
        fields = names.map { table.index(of: $0) }
        tags = mapping.tags.map { table.index(of: $0.name) }
        let known = Set([time] + (fields + tags).compactMap(\.self))
        // A server of version 3 may name the measurement beside.
        others = table.columns.enumerated().filter { !known.contains($0.offset) && !$0.element.hasPrefix("iox::") }
            .map { ($0.element, $0.offset) }
            .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    }

    /// The tags that the mapping does not write.
    var otherNames: [String] { others.map(\.name) }

    func place(_ row: [QueryCell]) -> PointPlace? {
        guard let time = row[time].integer else { return nil }
        return PointPlace(
            time: time, tags: tags.map { Array(($0.flatMap { row[$0].text } ?? "").utf8) },
            others: others.compactMap { name, index in
                row[index].text.map { PointPlace.OtherTag(name: name, value: Array($0.utf8)) }
            })
    }

    /// A field by its place among those that were asked for.
    func field(_ number: Int, _ row: [QueryCell]) -> QueryCell { fields[number].map { row[$0] } ?? .null }
}

import Change
import Connector
import Pipelines

/// One target and what is written to it.
struct TargetPlan {
    let name: String
    let mappings: [MappingPlanned]
    /// How long a deletion is remembered.
    let tombstoneLifetime: Int
    /// How late a batch may arrive: what the target's guards can bear.
    let latenessMax: Int
    /// Whether it leaves what is newer than a write; a target that does not takes what comes.
    var comparesVersions = true

    /// One remembers deletions for an hour, as Redis does, the other as briefly as Elasticsearch may, with all times
    /// scaled to the length of a run.
    static let all = [
        TargetPlan(
            name: "red",
            mappings: [
                MappingPlanned(name: "red items", table: .items, keyColumn: SimulatedTable.idColumn),
                MappingPlanned(name: "red tags", table: .tags, keyColumn: SimulatedTable.nameColumn),
                MappingPlanned(
                    name: "red joined", table: .items, keyColumn: SimulatedTable.idColumn, looksUp: true),
            ], tombstoneLifetime: Span.hour, latenessMax: 30 * Span.second),
        TargetPlan(
            name: "els",
            mappings: [
                MappingPlanned(
                    name: "els items", table: .items, keyColumn: SimulatedTable.idColumn, isFiltered: true),
                MappingPlanned(
                    name: "els tags", table: .tags, keyColumn: SimulatedTable.nameColumn,
                    columns: ["id", "name", "grp"]),
            ], tombstoneLifetime: 4 * Span.second, latenessMax: 2 * Span.second),
    ]

    /// One that compares no versions, as InfluxDB: nothing that comes late is ever right there.
    static let unguarded = TargetPlan(
        name: "inf",
        mappings: [
            MappingPlanned(name: "inf items", table: .items, keyColumn: SimulatedTable.idColumn),
            MappingPlanned(name: "inf tags", table: .tags, keyColumn: SimulatedTable.nameColumn),
        ], tombstoneLifetime: 0, latenessMax: 0, comparesVersions: false)
}

/// One mapping as the oracle knows it.
struct MappingPlanned {
    let name: String
    let table: SimulatedTable
    let keyColumn: Int
    /// Whether only rows of group `a` are in the target.
    var isFiltered = false
    /// The columns that are written, nil for all.
    var columns: [String]?
    /// Whether rows take the group of the tag that has their id, and the number of tags in their own group.
    var looksUp = false

    /// What a row looks up among the tags, by primary key.
    func lookedUp(for row: SimulatedRow, in tags: [String: SimulatedRow]) -> [String: String] {
        guard looksUp, let id = row[SimulatedTable.idColumn] else { return [:] }
        let group = row[SimulatedTable.groupColumn]
        var found = ["peers": String(tags.values.count { group != nil && $0[SimulatedTable.groupColumn] == group })]
        found["tag_grp"] = tags[id]?[SimulatedTable.groupColumn]
        return found
    }

    private func lookups(at place: SourceLocation) -> [LookupDocument] {
        func at(_ name: String) -> Located<String> { Located(name, at: place) }
        let tags = Located(SimulatedTable.tags.name, at: place)
        return [
            LookupDocument(
                from: tags, pairs: [.init(other: at("id"), own: at("id"))],
                gain: .take([.init(name: at("tag_grp"), column: at("grp"))])),
            LookupDocument(
                from: tags, pairs: [.init(other: at("grp"), own: at("grp"))], gain: .count(at("peers"))),
        ]
    }

    func passes(_ row: SimulatedRow) -> Bool { !isFiltered || row[SimulatedTable.groupColumn] == "a" }

    func document(at place: SourceLocation) -> WriteDocument {
        var transform = TransformSpec()
        if isFiltered { transform.filter = LocatedText("grp = 'a'", at: place) }
        transform.select = columns?.map { Located($0, at: place) }
        return WriteDocument(
            name: name, from: Located(table.name, at: place), lookups: looksUp ? lookups(at: place) : [],
            transform: transform,
            options: OptionValues(
                ["key": .init(value: .integer(keyColumn), location: place)], at: place), fingerprint: 1)
    }
}

/// A row's place in a target is one column of it.
final class TargetMapping: RowMapping, @unchecked Sendable {
    let request: MappingRequest
    let keyColumns: [Int]
    let neededColumns: [Int]
    let isAppending = false

    /// What a broken law adds to keys.
    private let suffix: (() -> Int)?

    init(_ request: MappingRequest, _ suffix: (() -> Int)?) {
        self.request = request
        self.suffix = suffix
        keyColumns = [request.options.integer("key") ?? 0]
        neededColumns = Array(Set(keyColumns + request.outputs.map(\.column))).sorted()
    }

    func appendKey(of row: Row, to key: inout [UInt8]) throws(KeyError) {
        guard row.state(keyColumns[0]) == .value else { throw .missing(column: "key") }
        key.append(contentsOf: (row.text(keyColumns[0]) ?? "").utf8)
        if let suffix { key.append(UInt8(suffix())) }
    }
}

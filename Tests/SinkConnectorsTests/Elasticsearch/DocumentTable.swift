import Change
import Connector
import Testing

@testable import SinkConnectors

/// Rows of one shape, and writes of them.
struct DocumentTable {
    let schema: TableSchema

    init(_ columns: [(name: String, type: DataType)], sourceTypes: [String: String] = [:], key: [String] = ["id"]) {
        let made = columns.map { name, type in
            Column(name: name, type: type, sourceType: sourceTypes[name] ?? "\(type)", isIdentity: key.contains(name))
        }
        schema = TableSchema(
            id: 1, table: TableName(namespace: "public", name: "things"), columns: made, identity: .primaryKey,
            primaryKey: key.compactMap { name in columns.firstIndex { $0.name == name } })
    }

    /// A mapping of every column, under its own name.
    func mapping(
        of sink: ElasticsearchSink, index: String, id: String = "{id}", name: String = "things",
        _ options: [String: OptionValue] = [:]
    ) throws -> ElasticsearchMapping {
        let outputs = schema.columns.indices.map { OutputField(name: schema.columns[$0].name, column: $0) }
        let values = options.merging(["index": .text(index), "id": .text(id)]) { $1 }
        let request = MappingRequest(name: name, schema: schema, outputs: outputs, options: .test(values))
        return try #require(try sink.makeMapping(request) as? ElasticsearchMapping)
    }

    func upsert(_ mapping: ElasticsearchMapping, _ texts: [String?], version: Int64) -> SinkWrite {
        write(mapping, .upsert, Row(schema: schema, texts: texts), version: version)
    }

    /// A delete that knows the first columns, and nothing of the others.
    func delete(_ mapping: ElasticsearchMapping, _ texts: [String], version: Int64) -> SinkWrite {
        var builder = RowBuilder()
        for text in texts { builder.append(text) }
        for _ in texts.count..<schema.columns.count { builder.appendUnchanged() }
        return write(mapping, .delete, builder.row(schema: schema), version: version)
    }

    private func write(
        _ mapping: ElasticsearchMapping, _ action: SinkWrite.Action, _ row: Row, version: Int64
    ) -> SinkWrite {
        SinkWrite(
            mapping: mapping, action: action, row: row, version: Version(rawValue: version),
            position: Position(commit: UInt64(version >> 8)), kind: action == .delete ? .delete : .insert,
            committedAt: 0,
            transaction: 1)
    }
}

extension ItemResult {
    /// A short form to compare by.
    var word: String {
        switch self {
        case .applied: "applied"
        case .stale: "stale"
        case .retry: "retry"
        case .split: "split"
        case .park: "park"
        case .stop: "stop"
        }
    }

    var reason: String? {
        switch self {
        case .applied, .stale: nil
        case .retry(let reason), .split(let reason), .park(let reason): reason
        case .stop(let error): error.description
        }
    }
}

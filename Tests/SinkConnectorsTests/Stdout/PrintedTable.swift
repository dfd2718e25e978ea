import Change
import Connector
import Foundation
import Synchronization

@testable import SinkConnectors

/// Rows of one shape, printed into memory.
struct PrintedTable {
    let schema: TableSchema
    let mapping: StdoutMapping

    init(
        _ columns: [(name: String, type: DataType, sourceType: String)] = [
            ("id", .int64, "bigint"), ("name", .text, "text"), ("price", .decimal(precision: 10, scale: 2), "numeric"),
            ("photo", .bytes, "bytea"),
        ], key: [String] = ["id"], identity: ReplicaIdentity = .primaryKey, outputs: [OutputField]? = nil
    ) {
        schema = TableSchema(
            id: 1, table: TableName(namespace: "public", name: "odd \"things\""),
            columns: columns.map {
                Column(
                    name: $0.name, type: $0.type, sourceType: $0.sourceType,
                    isIdentity: identity == .full || key.contains($0.name))
            }, identity: identity, primaryKey: key.compactMap { name in columns.firstIndex { $0.name == name } })
        mapping = StdoutMapping(
            MappingRequest(
                name: "things", schema: schema,
                outputs: outputs ?? columns.indices.map { OutputField(name: columns[$0].name, column: $0) },
                options: Self.options()))
    }

    static func options(_ values: [String: OptionValue] = [:]) -> OptionValues {
        let place = SourceLocation(file: "test.yaml", line: 1, column: 1)
        return OptionValues(values.mapValues { OptionValues.Entry(value: $0, location: place) }, at: place)
    }

    enum Cell: ExpressibleByStringLiteral, ExpressibleByNilLiteral {
        case value(String), null, unchanged
        init(stringLiteral value: String) { self = .value(value) }
        init(nilLiteral: ()) { self = .null }
    }

    func row(_ cells: [Cell]) -> Row {
        var builder = RowBuilder()
        for cell in cells {
            switch cell {
            case .value(let text): builder.append(text)
            case .null: builder.appendNull()
            case .unchanged: builder.appendUnchanged()
            }
        }
        return builder.row(schema: schema)
    }

    func write(_ kind: ChangeKind, _ cells: [Cell], old: [Cell]? = nil, commit: UInt64 = 3000, ordinal: UInt64 = 2)
        -> SinkWrite
    {
        SinkWrite(
            mapping: mapping, action: .append, row: row(cells),
            version: Version(epoch: 0, commit: commit, window: 0), position: Position(commit: commit, ordinal: ordinal),
            kind: kind, committedAt: kind == .read ? 0 : 1_767_323_045_678_901, transaction: kind == .read ? 0 : 734,
            oldRow: old.map(row))
    }

    /// A message on its way to a mapping that takes all of them.
    static func message(_ prefix: String, _ content: String, transaction: UInt64 = 734) throws -> SinkWrite {
        let schema = LogicalMessage.schema
        let mapping = StdoutMapping(
            MappingRequest(
                name: "messages", schema: schema,
                outputs: schema.columns.indices.map { OutputField(name: schema.columns[$0].name, column: $0) },
                options: options()))
        return SinkWrite(
            mapping: mapping, action: .append, row: Row(schema: schema, texts: [prefix, content]),
            version: Version(epoch: 0, commit: 3000, window: 0), position: Position(commit: 3000, ordinal: 1),
            kind: .message, committedAt: 1_767_323_045_678_901, transaction: transaction)
    }

    static let now: Int64 = 1_767_323_046_000_123

    /// The lines that writes become, and what they throw.
    func print(_ writes: [SinkWrite], _ form: EnvelopeForm) throws -> [String] {
        var encoding = StdoutEncoding(
            StdoutOptions(
                Self.options(["form": .text(form.rawValue), "database": .text("shop")]), pipeline: "shop-orders"))
        var lines: [UInt8] = []
        for write in writes { try encoding.append(write, at: Self.now, to: &lines) }
        return Self.lines(lines)
    }

    static func lines(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    static func object(_ line: String) throws -> NSDictionary? {
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? NSDictionary
    }
}

import Change
import Connector
import Foundation
import Logging
import Pipelines
import SinkConnectors
import SourceConnectors
import Testing
import Transforms

@testable import Engine

/// Every file in `pipelines/` against the real registries and the shop's own schema, without a server.
@Suite struct PipelineFilesTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let files: [String] = {
        let names = try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: "pipelines").path)
        return (names ?? []).filter { $0.hasSuffix(".yaml") }.sorted()
    }()

    private static let reader = PipelineReader(
        sources: SourceRegistry.all.map { SourceKind($0) }, sinks: SinkRegistry.all.map { SinkKind($0) },
        environment: [
            "SHOP_POSTGRES": "postgresql://shop@127.0.0.1/shop", "SHOP_REDIS": "redis://127.0.0.1:6379/0",
            "SHOP_ELASTICSEARCH": "http://127.0.0.1:9200",
            "SHOP_MONGODB": "mongodb://127.0.0.1:27017/?replicaSet=rs0",
            "SHOP_INFLUXDB": "http://127.0.0.1:8086/shop", "SHOP_NEO4J": "bolt://neo4j:secret@127.0.0.1:7687/neo4j",
        ])

    @Test func thereAreFilesToCheck() {
        #expect(Self.files.count >= 3)
    }

    @Test(arguments: files)
    func everyFileFitsTheConnectorsAndTheTables(name: String) async throws {
        let path = Self.root.appending(path: "pipelines").appending(path: name).path
        let document = try Self.reader.read(file: path)
        #expect(document.warnings.isEmpty)
        #expect("\(document.name).yaml" == name)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let tables = try ShopSchema.tables(in: Self.root.appending(path: "examples/shop/schema.sql"))
            .merging(ShopSchema.collections) { table, _ in table }
        let source = try #require(SourceRegistry.all.first { $0.kind == document.source.kind }).makeSource(
            SourceContext(
                pipeline: document.name, options: document.source.options, tables: document.source.tables.map(\.value),
                logger: logger))
        for sinkDocument in document.sinks {
            let sink = try #require(SinkRegistry.all.first { $0.kind == sinkDocument.kind }).makeSink(
                SinkContext(
                    pipeline: document.name, name: sinkDocument.name, options: sinkDocument.options, logger: logger,
                    source: source))
            let schemas = try document.source.tables.map { try #require(tables[$0.value], "\($0.value)") }
            _ = try Router(writes: sinkDocument.writes, tables: schemas, sink: sink)
            for write in sinkDocument.writes { #expect(TransformSyntax.problems(in: write.transform).isEmpty) }
        }
    }

    @Test func theSchemaOfTheFormatIsJSONAndNamesEveryConnector() throws {
        let text = PipelineSchema.json(
            sources: SourceRegistry.all.map { SourceKind($0) }, sinks: SinkRegistry.all.map { SinkKind($0) })
        let schema = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let properties = try #require(schema["properties"] as? [String: [String: Any]])
        let sinks = try #require(properties["sinks"]?["items"] as? [String: Any])
        let kinds = try #require(sinks["properties"] as? [String: Any])
        #expect(Set(kinds.keys) == Set(SinkRegistry.all.map(\.kind)))
    }
}

/// The shop's tables as its SQL file declares them, so far as a test needs to know.
enum ShopSchema {
    static func tables(in file: URL) throws -> [TableName: TableSchema] {
        let text = try String(contentsOf: file, encoding: .utf8)
        var tables: [TableName: TableSchema] = [:]
        for part in text.split(separator: "create table ").dropFirst() {
            let lines = part.split(separator: "\n")
            guard let first = lines.first, first.hasSuffix(" (") else { continue }
            let name = String(first.dropLast(2))
            let isFull = text.contains("alter table \(name) replica identity full")
            let columns = lines.dropFirst().prefix { $0 != ");" }.map { column($0, isFull: isFull) }
            let table = TableName(namespace: "public", name: name)
            tables[table] = TableSchema(
                id: UInt64(tables.count + 1), table: table, columns: columns, identity: isFull ? .full : .primaryKey,
                primaryKey: columns.firstIndex { $0.isIdentity }.map { [$0] } ?? [])
        }
        return tables
    }

    /// The shop's collections, which keep pre-images, with the fields that their documents show.
    static let collections: [TableName: TableSchema] = {
        let fields = [
            "products": [
                "_id", "sku", "name", "slug", "description", "category", "brand", "variants", "images", "inventory",
                "tags",
                "isActive", "isDigital", "createdAt", "updatedAt",
            ],
            "categories": ["_id", "name", "slug", "description", "sortOrder", "isActive", "createdAt", "updatedAt"],
            "content": [
                "_id", "type", "title", "slug", "content", "author", "tags", "status", "publishedAt", "createdAt",
                "updatedAt",
            ],
            "user_activity": [
                "_id", "user_id", "action", "page", "device", "browser", "duration", "scroll_depth", "clicks",
                "timestamp",
                "product_id", "category", "brand", "quantity", "revenue",
            ],
            "system_metrics": [
                "_id", "service", "instance", "environment", "cpu_usage", "memory_usage", "request_count",
                "error_count",
                "response_time", "timestamp",
            ],
        ]
        var collections: [TableName: TableSchema] = [:]
        for (name, fields) in fields {
            let table = TableName(namespace: "shop", name: name)
            collections[table] = TableSchema(
                id: UInt64(collections.count + 1_001), table: table,
                columns: fields.map { Column(name: $0, type: .bson, sourceType: "bson", isIdentity: true) },
                identity: .full, primaryKey: [0], isOpen: true)
        }
        return collections
    }()

    private static func column(_ line: Substring, isFull: Bool) -> Column {
        let words = line.split { $0 == " " || $0 == "," }
        let type = words.count > 1 ? String(words[1]) : ""
        return Column(
            name: words.first.map(String.init) ?? "", type: dataType(type), sourceType: type,
            isIdentity: isFull || line.contains("primary key"))
    }

    private static func dataType(_ type: String) -> DataType {
        switch type {
        case "uuid": .uuid
        case "bigserial": .int64
        case "integer": .int32
        case "boolean": .boolean
        case "timestamp": .timestamp
        case "jsonb": .json
        case let type where type.hasPrefix("numeric"): .decimal(precision: 10, scale: 2)
        default: .text
        }
    }
}

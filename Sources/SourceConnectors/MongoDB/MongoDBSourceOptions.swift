internal import Change
internal import Connector
internal import MongoClient

/// What the block under `source: mongodb:` says, checked.
struct MongoDBSourceOptions: Sendable {
    var settings: MongoSettings
    var chunkRows: Int
    var snapshotParallelism: Int
    var bufferBytes: Int
    /// By collection: the only top-level fields that are carried, beside `_id`.
    var fields: [TableName: [String]]
    var tablesLocation: SourceLocation
    var urlLocation: SourceLocation

    static let descriptors: [OptionDescriptor] = [
        OptionDescriptor(
            "url", .secret, isRequired: true,
            "Connection string as libmongoc reads it: mongodb://user:password@host/?replicaSet=rs0&tls=true."),
        OptionDescriptor("tables", .list(of: .text), isRequired: true, "The collections to read, as database.name."),
        OptionDescriptor(
            "snapshot", .choice(["initial", "never"]), default: "initial",
            "Whether documents that exist before the stream begins are read first."),
        OptionDescriptor(
            "fields", .map(of: .list(of: .text)), default: "every field",
            "By collection: the top-level fields to carry, for collections whose field names are data."),
        OptionDescriptor(
            "chunk_rows", .integer(100...10_000_000), default: "20000",
            "How many documents a chunk of a snapshot has at the most; large documents make smaller chunks."),
        OptionDescriptor(
            "snapshot_parallelism", .integer(1...16), default: "2",
            "How many connections read one collection's snapshot at once."),
        OptionDescriptor(
            "buffer_bytes", .byteCount, default: "8MB",
            "How many bytes of snapshot documents wait to be merged into the stream at the most."),
    ]

    init(_ context: SourceContext) throws {
        let values = context.options
        var errors: [Diagnostic] = []
        settings = MongoSettings(
            values.secret("url")?.revealed ?? "", applicationName: "millrace \(context.pipeline)")
        chunkRows = values.integer("chunk_rows") ?? 20_000
        snapshotParallelism = values.integer("snapshot_parallelism") ?? 2
        bufferBytes = max(values.byteCount("buffer_bytes") ?? 8 << 20, 1 << 20)
        tablesLocation = values.location(of: "tables")
        urlLocation = values.location(of: "url")
        if values.secret("url") == nil {
            errors.append(values.error(at: "url", "url is missing"))
        } else if let problem = settings.problem {
            errors.append(values.error(at: "url", problem))
        }
        if context.tables.isEmpty { errors.append(values.error(at: "tables", "no collection is named")) }
        fields = Self.fields(in: values, of: context.tables, &errors)
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
    }

    private static func fields(
        in values: OptionValues, of tables: [TableName], _ errors: inout [Diagnostic]
    ) -> [TableName: [String]] {
        guard case .map(let entries) = values["fields"] else { return [:] }
        var fields: [TableName: [String]] = [:]
        for (name, value) in entries.sorted(by: { $0.key < $1.key }) {
            guard let table = tables.first(where: { $0.description == name }) else {
                errors.append(
                    values.error(
                        at: "fields", "fields names the collection \(name), which is not among tables",
                        hint: NearestName.hint(for: name, among: tables.map(\.description))))
                continue
            }
            guard case .list(let names) = value else { continue }
            fields[table] = names.compactMap { if case .text(let text) = $0 { text } else { nil } }
        }
        return fields
    }
}

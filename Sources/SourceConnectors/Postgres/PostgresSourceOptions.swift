internal import Change
internal import Connector
internal import PostgresClient

/// What the block under `source: postgres:` says, checked.
struct PostgresSourceOptions: Sendable {
    var pipeline: String
    var settings: ConnectionSettings
    var slot: String
    var publication: String
    var chunkRows: Int
    var snapshotParallelism: Int
    var bufferBytes: Int
    /// Where the tables are named in the pipeline file.
    var tablesLocation: SourceLocation
    var urlLocation: SourceLocation
    /// Whether the url asks for the server's certificate and name to be verified.
    var verifiesServer: Bool

    /// The publication of the tables whose updates and deletes cannot be published.
    var keylessPublication: String { publication + Self.keylessSuffix }
    var publications: [String] { [publication, keylessPublication] }

    static let keylessSuffix = "_nokey"

    static let descriptors: [OptionDescriptor] = [
        OptionDescriptor(
            "url", .secret, isRequired: true,
            "Connection string as libpq reads it: postgresql://user:password@host/database?sslmode=verify-full."),
        OptionDescriptor("tables", .list(of: .text), isRequired: true, "The tables to read, as schema.table."),
        OptionDescriptor(
            "snapshot", .choice(["initial", "never"]), default: "initial",
            "Whether rows that exist before the stream begins are read first."),
        OptionDescriptor(
            "slot", .text, default: "millrace_ and the pipeline's name",
            "Name of the replication slot: lower-case letters, digits and underscores."),
        OptionDescriptor(
            "publication", .text, default: "millrace_ and the pipeline's name",
            "Name of the publication; tables without a key go into a second one with _nokey after the name."),
        OptionDescriptor(
            "chunk_rows", .integer(100...10_000_000), default: "20000",
            "How many rows a chunk of a snapshot has at the most; wide rows make smaller chunks."),
        OptionDescriptor(
            "snapshot_parallelism", .integer(1...16), default: "2",
            "How many connections read one table's snapshot at once."),
        OptionDescriptor(
            "buffer_bytes", .byteCount, default: "8MB",
            "How many bytes of snapshot rows wait to be merged into the stream at the most."),
    ]

    init(_ context: SourceContext) throws {
        let values = context.options
        var errors: [Diagnostic] = []
        let fallback = "millrace_" + context.pipeline.map { $0 == "-" ? "_" : String($0) }.joined()
        pipeline = context.pipeline
        slot = Self.name("slot", in: values, or: fallback, lengthMax: 63, errors: &errors)
        publication = Self.name(
            "publication", in: values, or: fallback, lengthMax: 63 - Self.keylessSuffix.utf8.count, errors: &errors)
        chunkRows = values.integer("chunk_rows") ?? 20_000
        snapshotParallelism = values.integer("snapshot_parallelism") ?? 2
        bufferBytes = max(values.byteCount("buffer_bytes") ?? 8 << 20, 1 << 20)
        urlLocation = values.location(of: "url")
        verifiesServer = values.secret("url")?.revealed.contains("verify-full") ?? false
        tablesLocation = values.location(of: "tables")
        settings = ConnectionSettings(
            values.secret("url")?.revealed ?? "", applicationName: "millrace \(context.pipeline)")
        if values.secret("url") == nil { errors.append(values.error(at: "url", "url is missing")) }
        if context.tables.isEmpty { errors.append(values.error(at: "tables", "no table is named")) }
        var seen: Set<TableName> = []
        for table in context.tables where !seen.insert(table).inserted {
            errors.append(values.error(at: "tables", "table \(table) is named twice"))
        }
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
    }

    private static func name(
        _ option: String, in values: OptionValues, or fallback: String, lengthMax: Int, errors: inout [Diagnostic]
    ) -> String {
        let name = values.text(option) ?? fallback
        if !ObjectName.isValid(name, lengthMax: lengthMax) {
            errors.append(
                values.error(
                    at: option, "\(option) has to be 1 to \(lengthMax) of the characters a-z, 0-9 and _",
                    hint: "\(option): \(ObjectName.nearest(to: name, lengthMax: lengthMax))"))
        }
        return name
    }
}

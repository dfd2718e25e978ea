internal import Change
public import Connector
internal import Foundation

/// Reads pipeline files: YAML in, typed and validated documents out, or everything that is wrong, with its places.
///
/// A reader connects to nothing. What only a table's schema or a server can tell is found later, by `check`.
public struct PipelineReader: Sendable {
    /// The version of the file format that is read.
    public static let format = 1

    private let sources: [SourceKind]
    private let sinks: [SinkKind]
    private let environment: [String: String]

    /// - Parameter environment: the variables that `${NAME}` reads; where `NAME` is missing, `NAME_FILE` names a file
    ///   with the value.
    public init(sources: [SourceKind], sinks: [SinkKind], environment: [String: String]) {
        self.sources = sources
        self.sinks = sinks
        self.environment = environment
    }

    /// Reads the file at a path.
    ///
    /// - Throws: every error of the file, in the file's order.
    public func read(file: String) throws(ConfigurationErrors) -> PipelineDocument {
        let start = SourceLocation(file: file, line: 1, column: 1)
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw ConfigurationErrors([Diagnostic(.error, at: start, "there is no file here that can be read")])
        }
        guard let data = try? handle.read(upToCount: YAMLComposer.bytesMax + 1) ?? Data() else {
            throw ConfigurationErrors([Diagnostic(.error, at: start, "the file cannot be read")])
        }
        return try read([UInt8](data), file: file)
    }

    /// Reads the content of a file; `file` is only its name in places.
    ///
    /// - Throws: every error of the file, in the file's order.
    public func read(_ bytes: [UInt8], file: String) throws(ConfigurationErrors) -> PipelineDocument {
        var context = ReadingContext(environment: EnvironmentVariables(values: environment))
        var document: PipelineDocument?
        if let root = YAMLComposer.compose(bytes, file: file, problems: &context.problems) {
            document = read(root, file: file, context: &context)
        }
        guard var document, context.problems.errors.isEmpty else { throw context.problems.thrown() }
        document.warnings = context.problems.warnings
        return document
    }

    private func read(_ root: YAMLNode, file: String, context: inout ReadingContext) -> PipelineDocument? {
        let example = "a pipeline file has the keys format, pipeline, source and sinks"
        guard let entries = context.entries(root, what: "a pipeline file", example: example) else { return nil }
        let block = KeyedBlock(
            entries, what: "a pipeline file", at: root.location,
            valid: ["format", "pipeline", "source", "sinks", "audit"], context: &context)
        guard isKnownFormat(block, context: &context) else { return nil }
        let name = name(block, context: &context)
        var sourceReader = SourceReader(kinds: sources)
        let source = block.required("source", example: SourceReader.example, context: &context)
            .flatMap { sourceReader.read($0, context: &context) }
        let sinks = readSinks(block, tables: sourceReader.tables, context: &context)
        let audit = block["audit"].flatMap { AuditReader.read($0, context: &context) }
        guard let name, let source, let sinks else { return nil }
        warnOfIdleTables(source, sinks, context: &context)
        return PipelineDocument(file: file, name: name, source: source, sinks: sinks, audit: audit)
    }

    private func isKnownFormat(_ block: KeyedBlock, context: inout ReadingContext) -> Bool {
        guard let node = block.required("format", example: "write format: \(Self.format)", context: &context) else {
            return true
        }
        guard case .scalar(let scalar) = node.content, scalar.text.value == String(Self.format) else {
            context.problems.error(
                at: node.location, "this version reads format \(Self.format) and no other",
                hint: "a file of a later format needs a later version of millrace")
            return false
        }
        return true
    }

    private func name(_ block: KeyedBlock, context: inout ReadingContext) -> String? {
        guard let node = block.required("pipeline", example: "write pipeline: shop-orders", context: &context),
            let text = context.text(node, what: "pipeline")
        else { return nil }
        if NameText.isName(text.value) { return text.value }
        context.problems.error(at: text.location, "pipeline: \(context.shown(text)) \(NameText.rule)")
        return nil
    }

    private func readSinks(
        _ block: KeyedBlock, tables: [Located<TableName>]?, context: inout ReadingContext
    ) -> [SinkDocument]? {
        guard let node = block.required("sinks", example: SinkReader.example, context: &context),
            let nodes = context.list(node, what: "sinks", example: SinkReader.example)
        else { return nil }
        let reader = SinkReader(kinds: sinks, tables: tables)
        var documents: [SinkDocument] = []
        for node in nodes {
            guard let sink = reader.read(node, context: &context) else { continue }
            if documents.contains(where: { $0.name == sink.name }) {
                context.problems.error(
                    at: sink.options.location, "two sinks bear the name \(sink.name)",
                    hint: "give one a name: of its own, such as name: \(sink.name)-2")
            }
            documents.append(sink)
        }
        return documents
    }

    private func warnOfIdleTables(
        _ source: SourceDocument, _ sinks: [SinkDocument], context: inout ReadingContext
    ) {
        let writes = sinks.flatMap(\.writes)
        let used = Set(writes.map(\.from.value) + writes.flatMap(\.lookups).map(\.from.value))
        for table in source.tables where !used.contains(table.value) {
            context.problems.warning(
                at: table.location, "no sink writes the table \(TableNameText.text(of: table.value))",
                hint:
                    "take it out of tables, or add an entry that begins with from: \(TableNameText.text(of: table.value))"
            )
        }
    }
}

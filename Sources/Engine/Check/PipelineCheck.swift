internal import Change
public import Connector
public import Pipelines

/// Tries a pipeline on its real servers without changing anything there.
public enum PipelineCheck {
    /// Everything there is to say, in the order of the way of a change: the source, the mappings, the sinks.
    ///
    /// - Parameter sinks: one for each sink of the document, in its order.
    public static func findings(
        for document: PipelineDocument, source: any ChangeSource, sinks: [any ChangeSink]
    ) async -> [Diagnostic] {
        var findings = await source.check()
        do {
            let tables = try await source.describe(document.source.tables.map(\.value))
            for (sinkDocument, sink) in zip(document.sinks, sinks) {
                do {
                    let router = try Router(writes: sinkDocument.writes, tables: tables, sink: sink)
                    findings += await sink.check(router.mappings)
                    for write in sinkDocument.writes {
                        for lookup in write.lookups { findings += try await indices(for: lookup, of: write, source) }
                    }
                    for mapping in router.mappings { findings += try await indices(for: mapping, source) }
                } catch {
                    findings += diagnostics(of: error, at: sinkDocument.options.location)
                }
            }
        } catch {
            findings += diagnostics(of: error, at: document.source.options.location)
        }
        var seen: Set<Diagnostic> = []
        return findings.filter { seen.insert($0).inserted }
    }

    /// A look-up searches the other table for what belongs to a row, and its own for the rows that a change concerns.
    private static func indices(
        for lookup: LookupDocument, of write: WriteDocument, _ source: any ChangeSource
    ) async throws -> [Diagnostic] {
        let searches = [
            (lookup.from.value, lookup.pairs.map(\.other), "each row of \(write.from.value)"),
            (write.from.value, lookup.pairs.map(\.own), "each change of \(lookup.from.value)"),
        ]
        var findings: [Diagnostic] = []
        for (table, columns, cause) in searches {
            findings += try await index(
                on: columns.map(\.value), of: table, for: cause, at: columns.first?.location ?? lookup.from.location,
                source)
        }
        return findings
    }

    /// A sink that reads rows again by itself searches the table for them.
    private static func indices(
        for mapping: any RowMapping, _ source: any ChangeSource
    ) async throws -> [Diagnostic] {
        guard !mapping.rereadColumns.isEmpty else { return [] }
        return try await index(
            on: mapping.rereadColumns, of: mapping.request.schema.table, for: "each row that is read again",
            at: mapping.request.options.location, source)
    }

    /// What there is to say of a table that is searched by these columns.
    private static func index(
        on columns: [String], of table: TableName, for cause: String, at location: SourceLocation,
        _ source: any ChangeSource
    ) async throws -> [Diagnostic] {
        guard let statement = try await source.missingIndex(on: columns, of: table) else { return [] }
        let names = columns.joined(separator: " or ")
        return [
            Diagnostic(
                .warning, at: location,
                "\(table) has no index that begins with \(names): \(cause) has all of it read", hint: statement)
        ]
    }

    private static func diagnostics(of error: any Error, at location: SourceLocation) -> [Diagnostic] {
        switch error {
        case let errors as ConfigurationErrors: errors.diagnostics
        case let error as MillraceError: [Diagnostic(.error, at: location, error.description)]
        default: [Diagnostic(.error, at: location, "the check failed (\(type(of: error)))")]
        }
    }
}

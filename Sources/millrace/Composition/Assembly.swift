internal import Connector
internal import Foundation
internal import Logging
internal import Pipelines
internal import SinkConnectors
internal import SourceConnectors
internal import Transforms

/// A pipeline file with its connectors made; nothing is connected yet.
struct Assembly: Sendable {
    let document: PipelineDocument
    let source: any ChangeSource
    let sinks: [any ChangeSink]
    let logger: Logger

    /// The reader for everything that this program can connect.
    static var reader: PipelineReader {
        PipelineReader(
            sources: SourceRegistry.all.map(SourceKind.init), sinks: SinkRegistry.all.map(SinkKind.init),
            environment: ProcessInfo.processInfo.environment)
    }

    /// Reads files and makes their connectors, or throws everything that is wrong with all of them.
    static func read(_ files: [String]) throws -> [Assembly] {
        var diagnostics: [Diagnostic] = []
        var assemblies: [Assembly] = []
        for file in files {
            do {
                let document = try reader.read(file: file)
                let mistakes = document.sinks.flatMap(\.writes).flatMap { TransformSyntax.problems(in: $0.transform) }
                guard mistakes.isEmpty else { throw ConfigurationErrors(mistakes) }
                let assembly = try Assembly(document)
                if let twin = assemblies.first(where: { $0.document.name == assembly.document.name }) {
                    diagnostics.append(
                        Diagnostic(
                            .error, at: SourceLocation(file: file, line: 1, column: 1),
                            "\(twin.document.file) describes a pipeline \(assembly.document.name) too"))
                }
                assemblies.append(assembly)
            } catch let errors as ConfigurationErrors {
                diagnostics += errors.diagnostics
            }
        }
        guard diagnostics.isEmpty else { throw ConfigurationErrors(diagnostics) }
        return assemblies
    }

    init(_ document: PipelineDocument) throws {
        self.document = document
        var logger = Logger(label: "millrace")
        logger[metadataKey: "pipeline"] = "\(document.name)"
        self.logger = logger
        var diagnostics: [Diagnostic] = []
        source = try Self.makeSource(document, logger: logger)
        var sinks: [any ChangeSink] = []
        for sink in document.sinks {
            do {
                sinks.append(try Self.makeSink(sink, of: document, source: source, logger: logger))
            } catch let errors as ConfigurationErrors {
                diagnostics += errors.diagnostics
            }
        }
        guard diagnostics.isEmpty else { throw ConfigurationErrors(diagnostics) }
        self.sinks = sinks
    }

    private static func makeSource(_ document: PipelineDocument, logger: Logger) throws -> any ChangeSource {
        guard let factory = SourceRegistry.all.first(where: { $0.kind == document.source.kind }) else {
            throw MillraceError(.invariant, "the reader let a source pass that is not registered")
        }
        return try factory.makeSource(
            SourceContext(
                pipeline: document.name, options: document.source.options, tables: document.source.tables.map(\.value),
                logger: logger))
    }

    private static func makeSink(
        _ sink: SinkDocument, of document: PipelineDocument, source: any ReadableSource, logger: Logger
    ) throws -> any ChangeSink {
        guard let factory = SinkRegistry.all.first(where: { $0.kind == sink.kind }) else {
            throw MillraceError(.invariant, "the reader let a sink pass that is not registered")
        }
        var logger = logger
        logger[metadataKey: "sink"] = "\(sink.name)"
        return try factory.makeSink(
            SinkContext(
                pipeline: document.name, name: sink.name, options: sink.options, logger: logger, source: source))
    }
}

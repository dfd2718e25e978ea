import Change
import Connector
import Logging
import Testing
import Threads

@testable import SourceConnectors

/// A source under test, streaming into a recorder.
struct Running: Sendable {
    let source: PostgresSource
    let start: SourceStart
    let recorder: Recorder

    /// Prepares a source for these tables and streams while `body` runs.
    @discardableResult
    static func stream<Value: Sendable>(
        _ database: Database, _ tables: [String], pipeline: String = "test", from checkpoint: SourceCheckpoint? = nil,
        options: [String: OptionValue] = [:], handoverBytes: Int = 4 << 20,
        _ body: @escaping @Sendable (Running) async throws -> Value
    ) async throws -> Value {
        try await stream(
            database, tables: tables.map(name), pipeline: pipeline, from: checkpoint, options: options,
            handoverBytes: handoverBytes, body)
    }

    @discardableResult
    static func stream<Value: Sendable>(
        _ database: Database, tables: [TableName], pipeline: String = "test", from checkpoint: SourceCheckpoint? = nil,
        options: [String: OptionValue] = [:], handoverBytes: Int = 4 << 20,
        _ body: @escaping @Sendable (Running) async throws -> Value
    ) async throws -> Value {
        let source = try makeSource(database, tables, pipeline: pipeline, options: options)
        let start = try await source.prepare(resumingFrom: checkpoint)
        let running = Running(source: source, start: start, recorder: Recorder())
        let handover = Handover<ChangeBatch>(byteLimit: handoverBytes)
        return try await following(running.recorder, handover) {
            try await source.stream(.main, after: start.progress, into: handover)
        } while: {
            try await body(running)
        }
    }

    /// Runs a stream and records it while `body` runs; an error of any of them ends all.
    static func following<Value: Sendable>(
        _ recorder: Recorder, _ handover: Handover<ChangeBatch>, _ stream: @escaping @Sendable () async throws -> Void,
        while body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                try await stream()
                return nil
            }
            group.addTask {
                try await recorder.take(from: handover)
                return nil
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }

    static func makeSource(
        _ database: Database, _ tables: [TableName], pipeline: String = "test", options: [String: OptionValue] = [:]
    ) throws -> PostgresSource {
        let place = SourceLocation(file: "test.yaml", line: 1, column: 1)
        var values = options
        values["url"] = .secret(Secret(database.url))
        // Slots are named for the whole server, databases are not.
        if values["slot"] == nil { values["slot"] = .text("\(database.name)_\(pipeline)") }
        let source = try PostgresSourceFactory().makeSource(
            SourceContext(
                pipeline: pipeline,
                options: OptionValues(values.mapValues { .init(value: $0, location: place) }, at: place),
                tables: tables,
                logger: Logger(label: "test")))
        return try #require(source as? PostgresSource)
    }

    /// Reads a table's snapshot to its end.
    @discardableResult
    func snapshot(_ table: TableName, run: Int = 1, skipping finished: Set<Int> = []) async throws -> SnapshotPlan {
        let plan = try await source.planSnapshot(of: table)
        try await source.runSnapshot(plan, run: run, skipping: finished)
        return plan
    }

    @discardableResult
    func snapshot(_ table: String, run: Int = 1, skipping finished: Set<Int> = []) async throws -> SnapshotPlan {
        try await snapshot(Self.name(table), run: run, skipping: finished)
    }

    /// `schema.table`.
    static func name(_ text: String) -> TableName {
        let parts = text.split(separator: ".", maxSplits: 1).map(String.init)
        return TableName(namespace: parts[0], name: parts[1])
    }
}

import CMongoC
import Change
import Connector
import Foundation
import Logging
import Testing
import Threads
import Wire

@testable import MongoClient
@testable import SourceConnectors

/// A database of a test's own on the lab's replica set.
struct MongoDatabase: Sendable {
    let name: String
    let settings: MongoSettings
    let url: String
    private let pool: ConnectionPool

    init(_ name: String, url: String) {
        self.name = name
        self.url = url
        // Failures that are ordered are for the source alone, which is known by its application's name.
        settings = MongoSettings(url, applicationName: "administrator")
        pool = ConnectionPool(settings: settings)
    }

    /// Runs a test with a database of its own, which is dropped at the end.
    static func with<Value: Sendable>(_ body: (MongoDatabase) async throws -> Value) async throws -> Value {
        let url = try #require(ProcessInfo.processInfo.environment["SHOP_MONGODB"])
        let database = MongoDatabase("millrace_test_\(UInt64.random(in: 0...UInt64.max))", url: url)
        do {
            let value = try await body(database)
            try await database.run(#"{"dropDatabase": 1}"#)
            return value
        } catch {
            try? await database.run(#"{"dropDatabase": 1}"#)
            throw error
        }
    }

    /// Runs commands, each in Extended JSON, one after another.
    func run(_ commands: String..., on database: String? = nil) async throws {
        let name = database ?? name
        try await ask { connection in
            for command in commands { _ = try connection.run(bytes(command), on: name) }
        }
    }

    /// Runs commands in one transaction.
    func transaction(_ commands: String...) async throws {
        try await ask { connection in
            var error = bson_error_t()
            guard mongoc_client_session_start_transaction(connection.session, nil, &error) else {
                throw CocoaError(.featureUnsupported)
            }
            for command in commands { _ = try connection.run(bytes(command), on: name) }
            let reply = MongoReply()
            guard mongoc_client_session_commit_transaction(connection.session, reply.pointer, &error) else {
                throw MongoError(error, reply: reply)
            }
        }
    }

    func ask<Answer: Sendable>(_ question: @escaping @Sendable (MongoConnection) throws -> Answer) async throws
        -> Answer
    {
        try await pool.ask("testing", question)
    }

    /// Makes the next commands of these names fail on the server, once or as often as said.
    func failCommand(_ names: [String], code: Int32? = nil, closes: Bool = false, labels: [String] = [], times: Int = 1)
        async throws
    {
        let quoted = { (texts: [String]) in texts.map { "\"\($0)\"" }.joined(separator: ", ") }
        let how = code.map { "\"errorCode\": \($0)" } ?? "\"closeConnection\": \(closes)"
        let labelled = labels.isEmpty ? "" : ", \"errorLabels\": [\(quoted(labels))]"
        try await run(
            """
            {"configureFailPoint": "failCommand", "mode": {"times": \(times)},
             "data": {"failCommands": [\(quoted(names))], \(how)\(labelled), "appName": "millrace test"}}
            """, on: "admin")
    }

    /// Ends every cursor of the source under test, as an administrator may.
    func killCursors() async throws {
        try await ask { connection in
            var idle = BSONWriter()
            idle.append("$currentOp") { options in
                options.append("idleCursors", true)
                options.append("allUsers", true)
            }
            var command = BSONWriter()
            command.append("aggregate", int32: 1)
            command.append("pipeline", documents: [idle.document])
            command.append("cursor") { _ in }
            var cursors: [Int64] = []
            try connection.forEachDocument(of: command, on: "admin") { document in
                var elements = document.elements
                while try elements.advance() {
                    guard elements.name.isEqual(to: "cursor"), elements.type == .document else { continue }
                    var cursor = elements.value.document.elements
                    while try cursor.advance() {
                        if cursor.name.isEqual(to: "cursorId"), let id = cursor.value.integer { cursors.append(id) }
                    }
                }
            }
            for id in cursors { connection.killCursor(id, of: "$cmd.aggregate", in: name) }
        }
    }

    /// Every document's cells by its `_id`, in canonical Extended JSON.
    func documents(of collection: String) async throws -> [String: [String]] {
        try await ask { connection in
            var command = BSONWriter()
            command.append("find", collection)
            var found: [String: [String]] = [:]
            try connection.forEachDocument(of: command, on: name) { document in
                var cells: [String] = []
                var elements = document.elements
                while try elements.advance() {
                    var text: [UInt8] = []
                    try text.append(bson: elements.value, as: .canonical)
                    cells.append(String(decoding: text, as: UTF8.self))
                }
                found[cells[0]] = cells
            }
            return found
        }
    }

    private func bytes(_ json: String) throws -> [UInt8] {
        try #require(MongoConnection.document(fromJSON: json), "no Extended JSON: \(json)")
    }
}

/// A MongoDB source under test, streaming into a recorder.
struct MongoRunning: Sendable {
    let source: MongoDBSource
    let start: SourceStart
    let recorder: Recorder

    @discardableResult
    static func stream<Value: Sendable>(
        _ database: MongoDatabase, _ names: [String], from checkpoint: SourceCheckpoint? = nil,
        options: [String: OptionValue] = [:], handoverBytes: Int = 4 << 20,
        _ body: @escaping @Sendable (MongoRunning) async throws -> Value
    ) async throws -> Value {
        let source = try makeSource(database, names, options: options)
        return try await stream(source, from: checkpoint, handoverBytes: handoverBytes, body)
    }

    @discardableResult
    static func stream<Value: Sendable>(
        _ source: MongoDBSource, from checkpoint: SourceCheckpoint? = nil, handoverBytes: Int = 4 << 20,
        _ body: @escaping @Sendable (MongoRunning) async throws -> Value
    ) async throws -> Value {
        let start = try await source.prepare(resumingFrom: checkpoint)
        let running = MongoRunning(source: source, start: start, recorder: Recorder())
        let handover = Handover<ChangeBatch>(byteLimit: handoverBytes)
        return try await Running.following(running.recorder, handover) {
            try await source.stream(.main, after: start.progress, into: handover)
        } while: {
            try await body(running)
        }
    }

    static func makeSource(
        _ database: MongoDatabase, _ names: [String], options: [String: OptionValue] = [:]
    ) throws -> MongoDBSource {
        try makeSource(database, tables: names.map { TableName(namespace: database.name, name: $0) }, options: options)
    }

    static func makeSource(
        _ database: MongoDatabase, tables: [TableName], options: [String: OptionValue] = [:]
    ) throws -> MongoDBSource {
        let place = SourceLocation(file: "test.yaml", line: 1, column: 1)
        var values = options
        values["url"] = .secret(Secret(database.url))
        let source = try MongoDBSourceFactory().makeSource(
            SourceContext(
                pipeline: "test",
                options: OptionValues(values.mapValues { .init(value: $0, location: place) }, at: place),
                tables: tables, logger: Logger(label: "test")))
        return try #require(source as? MongoDBSource)
    }

    /// Reads a collection's snapshot to its end.
    @discardableResult
    func snapshot(_ name: String, of database: MongoDatabase, run: Int = 1, skipping finished: Set<Int> = [])
        async throws
        -> SnapshotPlan
    {
        let plan = try await source.planSnapshot(of: TableName(namespace: database.name, name: name))
        try await read(plan, run: run, skipping: finished)
        return plan
    }

    /// Reads a planned snapshot until its last chunk has reached the recorder.
    @discardableResult
    func read(_ plan: SnapshotPlan, run: Int = 1, skipping finished: Set<Int> = []) async throws -> Recorder.Record {
        try await source.runSnapshot(plan, run: run, skipping: finished)
        let expected = Set(0..<plan.chunkCount).subtracting(finished)
        return try await recorder.wait { $0.chunksFinished.isSuperset(of: expected) }
    }

    /// The checkpoint that stands after everything recorded so far.
    func checkpoint(_ record: Recorder.Record) throws -> SourceCheckpoint {
        let last = try #require(record.transactions.last)
        return SourceCheckpoint(
            identity: start.identity, progress: SourceProgress(commit: last.commit, end: try #require(last.end)))
    }
}

import Foundation
import MongoClient
import Synchronization
import Testing
import Threads
import Wire

/// The shop's catalogue with a MongoDB database, a Redis database, two indices and a state folder of a test's own.
final class Catalogue: Sendable {
    let environment: [String: String]
    let folder: URL
    let file: String
    let database: String
    /// No key of Redis is older.
    private let filled = ContinuousClock.now
    /// Every process that was started: none outlives the test.
    private let started = Mutex<[BackgroundProcess]>([])

    private static let scripts = "examples/shop/catalogue"

    /// Fills the catalogue, runs the test, and takes everything away.
    ///
    /// - Parameters:
    ///   - pipeline: the text of the pipeline file, which names the database `shop`; the shop's own where it is nil.
    ///   - changes: texts of the pipeline file, and what stands there instead.
    ///   - variables: what names the servers.
    static func run(
        _ name: String, redisDatabase: Int, products: Int = 300, pipeline: String? = nil,
        changing changes: [String: String] = [:],
        servers variables: [String: String] = ProcessInfo.processInfo.environment,
        _ body: (Catalogue) async throws -> Void
    ) async throws {
        let catalogue = try Catalogue(
            name, redisDatabase: redisDatabase, pipeline: pipeline, changing: changes, servers: variables)
        try await catalogue.clean()
        try await catalogue.fill(products: products, seed: 1)
        do {
            try await body(catalogue)
        } catch {
            Issue.record("\(catalogue.log.suffix(3_000))")
            await catalogue.endAll()
            throw error
        }
        await catalogue.endAll()
        try await catalogue.clean()
        try? FileManager.default.removeItem(at: catalogue.folder)
    }

    private init(
        _ name: String, redisDatabase: Int, pipeline: String?, changing changes: [String: String],
        servers variables: [String: String]
    ) throws {
        database = "catalogue_\(name)"
        var redis = try #require(variables["SHOP_REDIS"].flatMap(URLComponents.init(string:)))
        redis.path = "/\(redisDatabase)"
        environment = [
            "SHOP_MONGODB": try #require(variables["SHOP_MONGODB"]), "SHOP_REDIS": try #require(redis.string),
            "SHOP_ELASTICSEARCH": try #require(variables["SHOP_ELASTICSEARCH"]), "SHOP_CATALOGUE": database,
        ]
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(name)-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let shops = Shop.project.appendingPathComponent("pipelines/shop-catalogue.yaml")
        var text = try (pipeline ?? String(contentsOf: shops, encoding: .utf8)).replacing("shop.", with: "\(database).")
        for (old, new) in changes {
            try #require(text.contains(old))
            text = text.replacing(old, with: new)
        }
        file = folder.appendingPathComponent("shop-catalogue.yaml").path
        try text.write(toFile: file, atomically: true, encoding: .utf8)
    }

    /// Makes the collections and their documents.
    func fill(products: Int, seed: Int) async throws {
        try await script(
            "catalogue.py", "fill", "--products", "\(products)", "--content", "50", "--seed", "\(seed)")
    }

    /// Starts Millrace.
    func start(environment further: [String: String] = [:]) throws -> BackgroundProcess {
        let process = try BackgroundProcess(
            Shop.millrace, ["run", file, "--state", state, "--http", "0"],
            environment: environment.merging(further) { $1 },
            log: folder.appendingPathComponent("millrace.log"))
        started.withLock { $0.append(process) }
        return process
    }

    /// Begins editing the documents at a rate in changes a second.
    func openForEditors(rate: Int, seed: Int) throws -> BackgroundProcess {
        let process = try BackgroundProcess(
            "/usr/bin/env", ["python3", path("catalogue.py"), "edit", "--rate", "\(rate)", "--seed", "\(seed)"],
            environment: environment, log: folder.appendingPathComponent("editors.log"))
        started.withLock { $0.append(process) }
        return process
    }

    /// Edits so many documents as fast as one editor can.
    func edit(_ count: Int, seed: Int) async throws {
        try await script("catalogue.py", "edit", "--rate", "0", "--count", "\(count)", "--seed", "\(seed)")
    }

    /// Runs a command on the state and returns its status and everything that it printed.
    @discardableResult
    func millrace(_ arguments: String...) async throws -> (status: Int32, output: String) {
        try await Command.outcome(Shop.millrace, arguments + ["--state", state], environment: environment)
    }

    /// What a check of the pipeline finds.
    func check() async throws -> String {
        try await Command.outcome(Shop.millrace, ["check", file], environment: environment).output
    }

    /// Waits until everything that is committed now is applied and saved.
    func catchUp(_ process: BackgroundProcess) async throws {
        try await Eventually.require("caught up", within: .seconds(120)) {
            let answer = try await millrace("status", "--wait-caught-up", "--timeout", "5s")
            if answer.status == 0 { return true }
            try #require([3, 5].contains(answer.status) && process.isRunning, "\(answer.output)\n\(log.suffix(3_000))")
            return false
        }
    }

    /// Waits until everything is applied, compares every document with the sinks, and ends the process in good order.
    func expectEqual(_ process: BackgroundProcess) async throws {
        try await catchUp(process)
        let age = filled.duration(to: .now).components.seconds
        let verdict = try await script("compare_catalogue.py", "--age", "\(age)")
        #expect(verdict.contains("The catalogue agrees."))
        #expect(await process.end(with: SIGTERM) == 0, "\(log.suffix(3_000))")
    }

    /// Waits until the process has ended by itself, with words that tell the operator what to do.
    func expectStop(_ process: BackgroundProcess, saying words: String...) async throws {
        #expect(try await process.end(within: .seconds(60)) == 1)
        for word in words { #expect(process.output.contains(word), "\(word)") }
    }

    /// Runs Python with the catalogue's `database` at hand.
    @discardableResult
    func python(_ code: String) async throws -> String {
        let head = "import sys; sys.path.insert(0, '\(path(""))')\nfrom documents import *\ndatabase = Database()\n"
        return try await Command.run("python3", ["-c", head + code], environment: environment)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Makes a collection that keeps pre-images, unless it is there, and inserts documents of any values.
    func insert(_ documents: [[UInt8]], into collection: String) async throws {
        let (url, database) = (environment["SHOP_MONGODB"] ?? "", database)
        try await DedicatedThread.run(name: "test-insert") {
            let connection = try MongoConnection(MongoSettings(url, applicationName: "test"))
            var create = BSONWriter()
            create.append("create", collection)
            create.append("changeStreamPreAndPostImages") { $0.append("enabled", true) }
            do throws(MongoError) { _ = try connection.run(create, on: database) } catch {
                // It is there.
                guard error.code?.rawValue == 48 else { throw error }
            }
            for document in documents {
                var insert = BSONWriter()
                insert.append("insert", collection)
                insert.append("documents", documents: [document])
                let reply = try connection.run(insert, on: database)
                guard reply.integer("n") == 1 else { throw CocoaError(.fileWriteUnknown) }
            }
        }
    }

    /// The source of a document of an index, nil where there is none.
    func document(_ id: String, of index: String) async throws -> String? {
        let place = "\(environment["SHOP_ELASTICSEARCH"] ?? "")/\(index)/_source/\(id)"
        return try? await Command.run("curl", ["-sf", place])
    }

    /// Gives Redis a command and returns the answer.
    func redis(_ arguments: String...) async throws -> String {
        try await Command.run("redis-cli", ["-u", environment["SHOP_REDIS"] ?? ""] + arguments)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Everything that the process started last has printed.
    var log: String {
        (try? String(contentsOf: folder.appendingPathComponent("millrace.log"), encoding: .utf8)) ?? ""
    }

    private var state: String { folder.appendingPathComponent("state").path }

    @discardableResult
    private func script(_ name: String, _ arguments: String...) async throws -> String {
        try await Command.run("python3", [path(name)] + arguments, environment: environment)
    }

    private func path(_ name: String) -> String {
        Shop.project.appendingPathComponent("\(Self.scripts)/\(name)").path
    }

    private func clean() async throws {
        try await python("database.run({'dropDatabase': 1})")
        _ = try await redis("FLUSHDB")
        _ = try? await Command.run(
            "curl",
            [
                "-sf", "-XDELETE",
                (environment["SHOP_ELASTICSEARCH"] ?? "")
                    + "/products,content,documents,millrace-markers?ignore_unavailable=true",
            ])
    }

    private func endAll() async {
        for process in started.withLock({ $0 }) where process.isRunning { await process.end(with: SIGKILL) }
    }
}

import Foundation

/// The shop with a database, a Redis database, index names and a state folder of a test's own.
struct Shop {
    let environment: [String: String]
    let folder: URL
    private let server: String
    private let database: String

    /// The project's own folder, from where this file stands in it.
    static let project = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The program under test stands beside the test bundle.
    static var millrace: String {
        get throws {
            let bundle = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
            let candidates = [
                bundle?.deletingLastPathComponent(),
                URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent(),
                project.appendingPathComponent(".build/debug"),
            ]
            for folder in candidates.compactMap(\.self) {
                let program = folder.appendingPathComponent("millrace").path
                if FileManager.default.isExecutableFile(atPath: program) { return program }
            }
            throw CocoaError(.fileNoSuchFile)
        }
    }

    /// Creates and fills the shop.
    init(name: String, redisDatabase: Int, users: Int, orders: Int) async throws {
        let variables = ProcessInfo.processInfo.environment
        guard let postgres = variables["SHOP_POSTGRES"], let redis = variables["SHOP_REDIS"],
            let elasticsearch = variables["SHOP_ELASTICSEARCH"]
        else { throw CocoaError(.fileReadNoSuchFile) }
        database = "shop_\(name)"
        server = postgres
        environment = [
            "SHOP_POSTGRES": try Self.url(postgres, path: database),
            "SHOP_REDIS": try Self.url(redis, path: "\(redisDatabase)"),
            "SHOP_ELASTICSEARCH": elasticsearch,
        ]
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(name)-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await remove()
        try await Command.run("psql", ["-qX", server, "-c", "CREATE DATABASE \(database)"])
        try await Command.run(
            "psql",
            [
                "-qX", "-v", "ON_ERROR_STOP=1", "-v", "users=\(users)", "-v", "orders=\(orders)",
                "-f", file("examples/shop/schema.sql"), "-f", file("examples/shop/seed.sql"), environment["SHOP_POSTGRES"]!,
            ])
    }

    /// Removes what the shop left in the servers.
    func remove() async throws {
        try await Command.run(
            "psql",
            [
                "-qX", server, "-c",
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '\(database)'",
                "-c", "DROP DATABASE IF EXISTS \(database) WITH (FORCE)",
            ])
        try await Command.run("redis-cli", ["-u", environment["SHOP_REDIS"]!, "FLUSHDB"])
        _ = try? await Command.run("curl", ["-sf", "-XDELETE", environment["SHOP_ELASTICSEARCH"]! + "/orders,users,millrace-markers"])
    }

    /// Begins lifelike traffic at a rate in transactions a second.
    func openForBusiness(rate: Int, seed: Int) throws -> BackgroundProcess {
        try BackgroundProcess(
            file("examples/shop/traffic.sh"), ["--rate", "\(rate)", "--seed", "\(seed)"], environment: environment,
            log: folder.appendingPathComponent("traffic.log"))
    }

    /// Starts Millrace on pipeline files of the shop.
    func start(_ files: [String]) throws -> BackgroundProcess {
        try BackgroundProcess(
            Self.millrace, ["run", "--state", folder.appendingPathComponent("state").path, "--http", "0"] + files,
            environment: environment, log: folder.appendingPathComponent("millrace.log"))
    }

    /// Waits until everything that is committed now is applied and saved.
    func waitUntilCaughtUp() async throws {
        try await Command.run(
            Self.millrace,
            ["status", "--state", folder.appendingPathComponent("state").path, "--wait-caught-up", "--timeout", "120s"],
            environment: environment)
    }

    /// Compares every row of the source with the sinks.
    func compare(_ arguments: [String] = []) async throws -> String {
        try await Command.run("python3", [file("examples/shop/compare.py")] + arguments, environment: environment)
    }

    /// Runs SQL in the shop's database.
    func sql(_ statement: String) async throws {
        try await Command.run("psql", ["-qX", "-v", "ON_ERROR_STOP=1", environment["SHOP_POSTGRES"]!, "-c", statement])
    }

    /// Writes a pipeline file of the project into the test's folder, changed by replacing texts.
    func pipeline(_ name: String, replacing changes: [String: String] = [:]) throws -> String {
        var text = try String(contentsOfFile: file("pipelines/\(name)"), encoding: .utf8)
        for (old, new) in changes { text = text.replacing(old, with: new) }
        // Slots are the whole server's: the pipeline's name, which its slot is named after, is the test's own.
        text = text.replacing("pipeline: shop-", with: "pipeline: \(database.replacing("_", with: "-"))-")
        let target = folder.appendingPathComponent(name)
        try text.write(to: target, atomically: true, encoding: .utf8)
        return target.path
    }

    private static func url(_ text: String, path: String) throws -> String {
        guard var parts = URLComponents(string: text) else { throw CocoaError(.fileReadInvalidFileName) }
        parts.path = "/\(path)"
        return parts.string ?? text
    }

    func file(_ path: String) -> String { Self.project.appendingPathComponent(path).path }
}

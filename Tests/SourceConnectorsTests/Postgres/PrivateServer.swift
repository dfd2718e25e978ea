import Foundation
import PostgresClient
import Testing
import Threads

/// A PostgreSQL server of one test's own, for what would disturb everyone on a shared one: settings of the whole
/// server, crashes, promotions. It listens on a socket in its folder and nowhere else.
final class PrivateServer: Sendable {
    let folder: String

    private static let settings = [
        "listen_addresses=''", "wal_level=logical", "fsync=off", "max_wal_senders=8", "max_replication_slots=8",
        "max_prepared_transactions=4", "shared_buffers=16MB", "min_wal_size=32MB", "max_wal_size=64MB",
        "checkpoint_timeout=1h", "wal_keep_size=0",
    ]

    var url: String {
        let host = folder.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? folder
        return "postgresql://postgres@\(host)/postgres"
    }

    /// Makes a server, runs the test, and removes the server.
    static func with<Value: Sendable>(
        _ settings: [String] = [], _ body: (PrivateServer) async throws -> Value
    ) async throws -> Value {
        let server = PrivateServer(folder: "/tmp/millrace-test-\(UInt32.random(in: 0...UInt32.max))")
        try await server.create(settings)
        do {
            try await server.start()
            let value = try await body(server)
            try await server.remove()
            return value
        } catch {
            try? await server.remove()
            throw error
        }
    }

    private init(folder: String) {
        self.folder = folder
    }

    func start() async throws {
        try await tool("pg_ctl", "start", "-w", "-s", "-D", data, "-l", folder + "/log", "-o", "-k \(folder)")
    }

    /// - Parameter mode: `fast`, or `immediate` for a crash.
    func stop(_ mode: String) async throws {
        try await tool("pg_ctl", "stop", "-w", "-s", "-D", data, "-m", mode)
    }

    /// Sets a setting of the running server.
    func set(_ name: String, _ value: String) async throws {
        try await Lab.run(at: url) { session in
            try session.execute("SET synchronous_commit = local")
            _ = try session.query("ALTER SYSTEM SET \(name) = '\(value)'")
            _ = try session.query("SELECT pg_reload_conf()")
        }
    }

    /// Makes the server a timeline further on, as after a promotion.
    func promote() async throws {
        try await stop("fast")
        try await run("/usr/bin/touch", data + "/standby.signal")
        try await start()
        try await tool("pg_ctl", "promote", "-w", "-s", "-D", data)
    }

    /// Keeps the data as they are now, as a backup of the disk would.
    func keepCopy() async throws {
        try await stop("fast")
        try await run("/bin/cp", "-a", data, folder + "/copy")
        try await start()
    }

    /// Goes back to what was kept, as if nothing had happened since.
    func goBackToCopy() async throws {
        try await stop("immediate")
        try await run("/bin/rm", "-r", data)
        try await run("/bin/mv", folder + "/copy", data)
        try await start()
    }

    private var data: String { folder + "/data" }

    private func create(_ settings: [String]) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if getuid() == 0 { try await execute("/usr/bin/chown", ["postgres", folder]) }
        try await tool("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        let lines = (Self.settings + settings).joined(separator: "\n") + "\n"
        let file = folder + "/settings"
        try lines.write(toFile: file, atomically: true, encoding: .utf8)
        try await run("/bin/sh", "-c", "cat \(file) >> \(data)/postgresql.conf")
    }

    private func remove() async throws {
        try? await stop("immediate")
        try FileManager.default.removeItem(atPath: folder)
    }

    private func tool(_ name: String, _ arguments: String...) async throws {
        let versions = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql").sorted()
        let folder = "/usr/lib/postgresql/\(try #require(versions.last))/bin/"
        try await asOwner(folder + name, arguments)
    }

    private func run(_ program: String, _ arguments: String...) async throws {
        try await asOwner(program, arguments)
    }

    /// The server refuses to be run by root.
    private func asOwner(_ program: String, _ arguments: [String]) async throws {
        if getuid() == 0 {
            try await execute("/usr/sbin/runuser", ["-u", "postgres", "--", program] + arguments)
        } else {
            try await execute(program, arguments)
        }
    }

    /// Foundation's Process takes a program for running as long as a daemon that it started does.
    private func execute(_ program: String, _ arguments: [String]) async throws {
        let output = folder + "/output"
        try await DedicatedThread.run(name: "test-tool") {
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
            var words = ([program] + arguments).map { strdup($0) } + [nil]
            defer { for word in words { free(word) } }
            var process = pid_t()
            var status: Int32 = -1
            if posix_spawn(&process, program, &actions, nil, &words, environ) == 0 {
                while waitpid(process, &status, 0) < 0, errno == EINTR {}
            }
            guard status == 0 else {
                let said = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
                throw ToolFailure(description: "\(program) \(arguments.first ?? ""): \(said)")
            }
        }
    }
}

struct ToolFailure: Error, CustomStringConvertible {
    var description: String
}

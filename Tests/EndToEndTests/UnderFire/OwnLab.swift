import ConnectorTestKit
import Foundation
import Testing
import Threads

/// Servers that the tests of one suite may stop, damage and replace: a lab beside the one that everyone shares.
struct OwnLab: Sendable {
    @TaskLocal static var current: OwnLab?

    let folder: String
    let port: Int
    /// The servers' addresses, as `lab/lab.sh env` prints them.
    let environment: [String: String]

    private static let settings = """
        wal_sender_timeout = 5s
        max_slot_wal_keep_size = -1
        fsync = off
        """

    /// The lab of the suite that runs.
    static var running: OwnLab {
        get throws { try #require(current) }
    }

    static func start() async throws -> OwnLab {
        let variables = ProcessInfo.processInfo.environment
        let folder = try #require(variables["LAB_RUN"]) + "-fire"
        let port = try #require(variables["LAB_PORT"].flatMap { Int($0) }) + 32
        var lab = OwnLab(folder: folder, port: port, environment: [:])
        // What an interrupted run left is no lab to begin with.
        try await lab.command("down")
        do {
            try await lab.command("up")
            let printed = try await Command.run(lab.script, ["env"], environment: lab.variables)
            var environment: [String: String] = [:]
            for line in printed.split(separator: "\n") {
                let parts = line.split(separator: "=", maxSplits: 1)
                if parts.count == 2 { environment[String(parts[0])] = String(parts[1]) }
            }
            lab = OwnLab(folder: folder, port: port, environment: environment)
            return lab
        } catch {
            try? await lab.end()
            throw error
        }
    }

    func end() async throws { try await command("down") }

    /// Starts servers that were stopped or killed; their data is as they left it.
    func up(_ servers: String...) async throws { try await command("up", servers) }
    /// Stops servers in good order.
    func stop(_ servers: String...) async throws { try await command("stop", servers) }
    /// Ends servers as a power cut would.
    func kill(_ servers: String...) async throws { try await command("kill", servers) }

    /// Has PostgreSQL stop at once without a checkpoint, and waits for its end.
    func stopPostgresImmediately() async throws {
        let process = try #require(pid_t(try text(of: "postgres.pid").split(separator: " ").first ?? ""))
        Foundation.kill(process, SIGQUIT)
        try await Eventually.require("PostgreSQL has ended") {
            guard let state = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return true }
            return state.split(separator: ")").last?.hasPrefix(" Z") ?? true
        }
        try await command("stop", ["postgres"])
    }

    /// The port that follows those of the lab, for a further server.
    func sparePort(_ number: Int) -> Int { port + 16 + number }

    private func text(of file: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
    }

    private var script: String { Shop.project.appendingPathComponent("lab/lab.sh").path }

    private var variables: [String: String] {
        ["LAB_RUN": folder, "LAB_PORT": String(port), "LAB_POSTGRES_CONF": Self.settings]
    }

    private func command(_ name: String, _ arguments: [String] = []) async throws {
        try await Daemon.start(script, [name] + arguments, environment: variables, log: "\(folder).log")
    }
}

/// Starts the suite's own lab before its first test and ends it after its last.
struct OwnLabTrait: SuiteTrait, TestScoping {
    let isRecursive = false

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let lab = try await OwnLab.start()
        do {
            try await OwnLab.$current.withValue(lab) { try await function() }
        } catch {
            try? await lab.end()
            throw error
        }
        try await lab.end()
    }
}

extension Trait where Self == OwnLabTrait {
    static var ownLab: Self { Self() }
}

import Foundation
import NIOCore
import NIOPosix
import RedisCodec
import Testing

@testable import SinkConnectors

/// A Redis server of one test's own, on a port that was free, ended with the test.
final class RedisServerProcess: @unchecked Sendable {
    // Used by one test at a time.
    private var process: Process?
    private let arguments: [String]
    let port: Int
    let folder: URL

    private init(port: Int, folder: URL, arguments: [String]) {
        self.port = port
        self.folder = folder
        self.arguments = arguments
    }

    /// Runs a test with a server; further arguments are settings as on the command line.
    static func run(_ settings: [String] = [], _ body: (RedisServerProcess) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "millrace-redis-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let port = try await freePort()
        let server = RedisServerProcess(
            port: port, folder: folder,
            arguments: [
                "--port", "\(port)", "--bind", "127.0.0.1", "--dir", folder.path, "--save", "", "--daemonize", "no",
            ] + settings)
        defer {
            server.stop()
            try? FileManager.default.removeItem(at: folder)
        }
        try await server.start()
        try await body(server)
    }

    func url(user: String = "", database: Int = 0) -> String {
        "redis://\(user.isEmpty ? "" : "\(user)@")127.0.0.1:\(port)/\(database)"
    }

    /// Starts the server and waits until its port takes connections.
    func start() async throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["redis-server"] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            if let channel = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port).get()
            {
                try await channel.close()
                return
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("the server does not answer")
    }

    /// Ends the server as a crash does.
    func stop() {
        guard let process, process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(channel.localAddress?.port)
        try await channel.close()
        return port
    }
}

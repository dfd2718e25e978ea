import Foundation

/// A program that runs beside a test until the test ends it by its pid.
final class BackgroundProcess: @unchecked Sendable {
    // `process` is set up before `run()` and then only asked for its pid and its end.
    private let process = Process()
    private let log: URL

    init(_ program: String, _ arguments: [String], environment: [String: String], log: URL) throws {
        self.log = log
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let output = try FileHandle(forWritingTo: log)
        defer { try? output.close() }
        try output.seekToEnd()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        // Threads of the cooperative pool block signals, and a child inherits what its parent's thread blocks.
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
    }

    var isRunning: Bool { process.isRunning }
    var identifier: pid_t { process.processIdentifier }
    var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// Sends a signal and waits for the end; returns the exit status.
    @discardableResult
    func end(with signal: Int32) async -> Int32 {
        if process.isRunning { kill(process.processIdentifier, signal) }
        return await withCheckedContinuation { continuation in
            let thread = Thread { [process] in
                process.waitUntilExit()
                continuation.resume(returning: process.terminationStatus)
            }
            thread.start()
        }
    }

    /// Waits until it has ended by itself; nil when the time is over first.
    func end(within limit: Duration) async throws -> Int32? {
        guard try await Eventually.holds(within: limit, { !self.process.isRunning }) else { return nil }
        return process.terminationStatus
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }
}

import ConnectorTestKit
import Foundation

/// A program that a test runs to its end.
enum Command {
    struct Failure: Error, CustomStringConvertible {
        var program: String
        var status: Int32
        var output: String
        var description: String { "\(program) ended with \(status):\n\(output.suffix(4_000))" }
    }

    /// Runs a program and returns what it printed.
    ///
    /// - Parameter input: what it reads, at most 64 KiB.
    ///
    /// - Throws: ``Failure`` when it does not end with zero.
    @discardableResult
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], input: String? = nil
    ) async throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        if let input {
            // Small enough for the pipe to hold all of it.
            let words = Pipe()
            try words.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            try words.fileHandleForWriting.close()
            process.standardInput = words
        }
        return try await withCheckedThrowingContinuation { continuation in
            let thread = Thread {
                do {
                    try process.run()
                    let bytes = pipe.fileHandleForReading.drain()
                    process.waitUntilExit()
                    let output = String(decoding: bytes, as: UTF8.self)
                    if process.terminationStatus == 0 {
                        continuation.resume(returning: output)
                    } else {
                        continuation.resume(
                            throwing: Failure(program: program, status: process.terminationStatus, output: output))
                    }
                } catch {
                    continuation.resume(throwing: error)
                }
            }
            thread.start()
        }
    }

    /// Runs a program, however it ends, and returns its status and everything that it printed.
    static func outcome(
        _ program: String, _ arguments: [String], environment: [String: String]
    ) async throws -> (status: Int32, output: String) {
        do {
            return (0, try await run(program, arguments, environment: environment))
        } catch let failure as Failure {
            return (failure.status, failure.output)
        }
    }
}

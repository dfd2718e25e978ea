import Foundation
import Threads

/// Runs programs that leave servers behind: Foundation's Process takes such a program for running as long as they do.
enum Daemon {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Runs a program to its end, whatever it left running.
    ///
    /// - Throws: ``Failure`` with what it said when it does not end with zero.
    static func start(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], log: String
    ) async throws {
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        try await DedicatedThread.run(name: "test-daemon") {
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
            // What a thread blocks, its child would block for life.
            var attributes = posix_spawnattr_t()
            posix_spawnattr_init(&attributes)
            defer { posix_spawnattr_destroy(&attributes) }
            var none = sigset_t()
            sigemptyset(&none)
            posix_spawnattr_setsigmask(&attributes, &none)
            posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
            var words = ([program] + arguments).map { strdup($0) } + [nil]
            var settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
            defer { for word in words + settings { free(word) } }
            var process = pid_t()
            var status: Int32 = -1
            if posix_spawn(&process, program, &actions, &attributes, &words, &settings) == 0 {
                while waitpid(process, &status, 0) < 0, errno == EINTR {}
            }
            guard status == 0 else {
                let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
                throw Failure(description: "\(program) \(arguments.joined(separator: " ")): \(said.suffix(2_000))")
            }
        }
    }
}

import Foundation
import Testing

extension UnderFire {
    /// Sources that are not, or no longer, what the checkpoint was made for. Another server is `GapTests`' part.
    @Suite struct RestoredSourceTests {
        @Test func aPromotedServerIsRefusedUntilTheReset() async throws {
            try await FirePipeline.run { fire in
                let process = try fire.start()
                try await fire.catchUp()
                try await fire.lab.promotePostgres()
                try await fire.write(50, seed: 1, deleting: false)
                try await fire.expectStop(process, saying: "promoted", "millrace checkpoint reset")
                try await fire.expectEqual(try await fire.reset())
            }
        }

        @Test func aServerRestoredFromAnOlderCopyIsRefusedUntilTheReset() async throws {
            try await FirePipeline.run { fire in
                let first = try fire.start()
                try await fire.catchUp()
                #expect(await first.end(with: SIGTERM) == 0)
                try await fire.lab.copyPostgres()
                let second = try fire.start()
                try await fire.shop.sql("UPDATE orders SET status = 'lost', total_amount = total_amount + 1")
                try await fire.write(50, seed: 1)
                try await fire.catchUp()
                #expect(await second.end(with: SIGTERM) == 0)
                try await fire.lab.restorePostgres()
                try await fire.expectStop(try fire.start(), saying: "older copy", "millrace checkpoint reset")
                // What the sinks have is newer than all that comes, but for the epoch.
                try await fire.expectEqual(try await fire.reset())
            }
        }
    }
}

extension OwnLab {
    /// Where PostgreSQL keeps its data.
    private var data: String { "\(folder)/postgres" }

    /// Makes the server a timeline further on, as a standby is after its promotion.
    func promotePostgres() async throws {
        try await stop("postgres")
        try await asOwner("/usr/bin/touch", "\(data)/standby.signal")
        try await up("postgres")
        let versions = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql").sorted()
        let program = "/usr/lib/postgresql/\(try #require(versions.last))/bin/pg_ctl"
        try await asOwner(program, "promote", "-w", "-s", "-D", data)
    }

    /// Copies the server's files as they are when it has stopped, and starts it again.
    func copyPostgres() async throws {
        try await stop("postgres")
        try await Command.run("cp", ["-a", data, "\(data).copy"])
        try await up("postgres")
    }

    /// Puts the copied files back in place.
    func restorePostgres() async throws {
        try await stop("postgres")
        try await Command.run("rm", ["-rf", data])
        try await Command.run("mv", ["\(data).copy", data])
        try await up("postgres")
    }

    /// PostgreSQL refuses to be run by root; then Debian's user runs it.
    private func asOwner(_ program: String, _ arguments: String...) async throws {
        let words = getuid() == 0 ? ["/usr/sbin/runuser", "-u", "postgres", "--", program] : [program]
        try await Daemon.start(words[0], Array(words.dropFirst()) + arguments, log: "\(folder).log")
    }
}

import Foundation
import Testing

/// A disk of a few megabytes under a state folder, seen by one process of Millrace alone: in a mount namespace of its
/// own, so that no rights over the machine are needed where users may make namespaces.
struct SmallDisk {
    let folder: String

    init(at folder: String) throws {
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func start(_ shop: Shop, _ file: String, options: String = "rw") throws -> BackgroundProcess {
        let script = """
            mount -t tmpfs -o size=4m,mode=0700,$4 tmpfs "$1" && exec "$2" run --state "$1" --http 0 "$3"
            """
        return try BackgroundProcess(
            "/usr/bin/unshare", [isRoot ? "-m" : "-rm", "sh", "-c", script, "-", folder, Shop.millrace, file, options],
            environment: shop.environment.merging(shop.links) { $1 },
            log: shop.folder.appendingPathComponent("millrace.log"))
    }

    /// What goes before a command that is to see the disk.
    func entering(_ process: BackgroundProcess) -> [String] {
        ["nsenter", "-t", "\(process.identifier)", "-m"] + (isRoot ? [] : ["-U", "--preserve-credentials"])
    }

    /// Writes until there is no room.
    func fill(_ process: BackgroundProcess) async throws {
        await #expect(throws: Command.Failure.self) {
            try await run(process, "dd", "if=/dev/zero", "of=\(folder)/filling", "bs=4096")
        }
    }

    func empty(_ process: BackgroundProcess) async throws { try await run(process, "rm", "\(folder)/filling") }

    private var isRoot: Bool { getuid() == 0 }

    private func run(_ process: BackgroundProcess, _ words: String...) async throws {
        let all = entering(process) + words
        try await Command.run(all[0], Array(all.dropFirst()))
    }
}

internal import Connector
internal import GRDB

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The store as a file: found, or made whole before it gets its name.
enum StoreFile {
    case missing
    case present

    /// How long the header of an SQLite file is, in bytes; at 18 and 19 are the versions needed to write and to read it.
    private static let headerLength = 100

    /// Looks at what stands at the path, without following a link.
    ///
    /// A store never has fewer bytes than SQLite's header: it gets its name when it is whole, so an empty file is what
    /// an accident left.
    static func find(at path: String) throws -> StoreFile {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            guard errno == ENOENT else { throw SystemFailure.unavailable(path) }
            guard access(path + "-wal", F_OK) != 0 else { throw StoreDamage.orphanedLog }
            return .missing
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw StoreDamage.notAFile }
        // SQLite would open it to read only, and leave log files with the same rights behind.
        guard access(path, R_OK | W_OK) == 0 else { throw SystemFailure.unavailable(path) }
        guard status.st_size >= headerLength else { throw StoreDamage.torn }
        try checkHeader(of: path)
        guard status.st_mode & 0o077 == 0 || chmod(path, 0o600) == 0 else { throw SystemFailure.unavailable(path) }
        return .present
    }

    /// Checks what SQLite would take for a file that it may only read, or for an empty one.
    private static func checkHeader(of path: String) throws {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFailure.unavailable(path) }
        defer { close(descriptor) }
        var header = [UInt8](repeating: 0, count: headerLength)
        guard pread(descriptor, &header, headerLength, 0) == headerLength else {
            throw SystemFailure.unavailable(path)
        }
        guard header.starts(with: Array("SQLite format 3\u{0}".utf8)) else { throw StoreDamage.notAStore }
        guard header[18] == header[19], 1...2 ~= header[18] else { throw StoreDamage.torn }
    }

    /// Makes an empty store under another name and renames it, so that a kill at any instant leaves it whole or absent.
    static func create(at path: String, for pipeline: String, in folder: StateFolder) throws {
        let draft = path + ".new"
        for leftover in [draft, draft + "-journal"] { unlink(leftover) }
        let descriptor = open(draft, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemFailure.unavailable(path) }
        defer { close(descriptor) }
        do {
            let queue = try DatabaseQueue(path: draft)
            try queue.write { try StoreFormat.create(for: pipeline, in: $0) }
            try queue.close()
            guard fsync(descriptor) == 0, rename(draft, path) == 0 else { throw SystemFailure.unavailable(path) }
            try folder.synchronize()
        } catch {
            unlink(draft)
            throw error
        }
    }
}

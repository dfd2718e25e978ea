internal import Connector

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The right to run one pipeline: held by one process at a time, and given back by the system when that process ends,
/// however it ends.
///
/// The file stays when the lock is released, with the number of the process that held it last; only
/// ``removeFile()`` takes it away.
public final class PipelineLock: Sendable {
    private let path: String
    private let descriptor: Int32

    /// Takes the lock, or fails at once.
    ///
    /// - Throws: ``Connector/MillraceError`` with the code `stateInUse`, which names the process that holds it, or
    ///   `stateUnavailable`.
    public init(folder: StateFolder, pipeline: String) throws {
        path = folder.lockPath(of: pipeline)
        descriptor = try Self.acquire(path, pipeline: pipeline)
    }

    deinit {
        close(descriptor)
    }

    /// The number of the process that holds the lock of a pipeline, nil where none does; zero if it is unknown.
    public static func holder(folder: StateFolder, pipeline: String) -> Int? {
        let descriptor = open(folder.lockPath(of: pipeline), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK else { return nil }
        return readHolder(descriptor) ?? 0
    }

    /// Deletes the lock's file while the lock is held.
    public func removeFile() {
        unlink(path)
    }

    private static func acquire(_ path: String, pipeline: String) throws -> Int32 {
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw SystemFailure.unavailable(path) }
            var isKept = false
            defer { if !isKept { close(descriptor) } }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                guard errno == EWOULDBLOCK else { throw SystemFailure.unavailable(path) }
                throw inUse(by: readHolder(descriptor), pipeline: pipeline, path: path)
            }
            // Between opening and locking, its holder may have removed the file: then this lock guards nothing.
            guard isStillThere(descriptor, path) else { continue }
            let text = Array("\(getpid())\n".utf8)
            guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
                throw SystemFailure.unavailable(path)
            }
            isKept = true
            return descriptor
        }
    }

    private static func inUse(by holder: Int?, pipeline: String, path: String) -> MillraceError {
        let process = holder.map { "process \($0)" } ?? "another process"
        return MillraceError(
            .stateInUse,
            "pipeline \(pipeline) is already run by \(process); stop it, or give this one another state folder",
            place: path)
    }

    private static func readHolder(_ descriptor: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 24)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }

    private static func isStillThere(_ descriptor: Int32, _ path: String) -> Bool {
        var held = stat()
        var named = stat()
        guard fstat(descriptor, &held) == 0, stat(path, &named) == 0 else { return false }
        return held.st_ino == named.st_ino && held.st_dev == named.st_dev
    }
}

internal import Connector

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The folder that holds what pipelines remember: for each one a store, a lock and a socket, named after it.
///
/// The folder is made for its owner alone (0700) and so is every file in it (0600): parked changes hold rows.
public struct StateFolder: Sendable, Hashable {
    /// The folder's path, as it was given.
    public let path: String

    /// - Parameter path: absolute, or relative to where the process was started.
    public init(_ path: String) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// The SQLite file of a pipeline.
    public func storePath(of pipeline: String) -> String { "\(path)/\(pipeline).sqlite" }

    /// The file that the process running a pipeline holds locked.
    public func lockPath(of pipeline: String) -> String { "\(path)/\(pipeline).lock" }

    /// The socket that the process running a pipeline listens on.
    public func socketPath(of pipeline: String) -> String { "\(path)/\(socketName(of: pipeline))" }

    /// The socket's name within the folder.
    public func socketName(of pipeline: String) -> String { "\(pipeline).sock" }

    /// The folder of the reports of a pipeline's audits.
    public func auditsPath(of pipeline: String) -> String { "\(path)/\(pipeline).audits" }

    /// The folder of what is too large for memory, for the pipelines of every process; its files have no names.
    public var spillPath: String { "\(path)/spill" }

    /// Whether a pipeline has a store here.
    public func hasStore(of pipeline: String) -> Bool {
        access(storePath(of: pipeline), F_OK) == 0
    }

    /// The pipelines that have a store here, in alphabetical order; none where the folder does not exist.
    public func pipelines() -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            // SAFETY: readdir's entry holds a zero-terminated name and stays valid until the next call.
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".sqlite") { names.append(String(name.dropLast(".sqlite".count))) }
        }
        return names.sorted()
    }

    /// Makes the folder where it is missing.
    ///
    /// - Throws: ``Connector/MillraceError`` with the code `stateUnavailable`.
    public func create() throws {
        var built = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            built += "/\(part)"
            guard mkdir(built, 0o700) != 0, errno != EEXIST else { continue }
            throw MillraceError(
                .stateUnavailable, "the state folder cannot be made: \(SystemFailure.words(errno))", place: path)
        }
    }

    /// Makes what was renamed or made in the folder survive a power cut.
    func synchronize() throws {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFailure.unavailable(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SystemFailure.unavailable(path) }
    }
}

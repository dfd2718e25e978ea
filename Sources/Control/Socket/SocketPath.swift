internal import Checkpoints
internal import Connector

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A path that a socket can be bound or reached at, however long the state folder's own path is.
///
/// The system's address of a socket holds about a hundred bytes. On Linux a longer path is reached through the open
/// folder, `/proc/self/fd/N/name`; the socket itself stands beside the state all the same.
struct SocketPath: ~Copyable {
    /// One less than the smallest `sun_path` (macOS), for the zero at its end.
    static let lengthMax = 103

    let text: String
    private let folder: Int32?

    init(of pipeline: String, in state: StateFolder) throws {
        let path = state.socketPath(of: pipeline)
        guard path.utf8.count > Self.lengthMax else {
            text = path
            folder = nil
            return
        }
        #if os(Linux)
            let descriptor = open(state.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw MillraceError(.stateUnavailable, String(cString: strerror(errno)), place: state.path)
            }
            text = "/proc/self/fd/\(descriptor)/\(state.socketName(of: pipeline))"
            folder = descriptor
        #else
            throw MillraceError(
                .configuration,
                "the path of the socket has more than \(Self.lengthMax) bytes: give a shorter state folder",
                place: path)
        #endif
    }

    deinit {
        if let folder { close(folder) }
    }

    /// Takes a socket's file away, for its owner alone to call.
    func unlinkFile() {
        unlink(text)
    }

    /// Closes the socket's file to everybody but its owner.
    func restrict() throws {
        guard chmod(text, 0o600) == 0 else {
            throw MillraceError(.stateUnavailable, String(cString: strerror(errno)), place: text)
        }
    }
}

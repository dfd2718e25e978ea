internal import Connector

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Words for what the operating system refused.
enum SystemFailure {
    static func words(_ number: Int32) -> String {
        String(cString: strerror(number))
    }

    /// The error for a file that could not be read or written; to be called before anything else changes `errno`.
    static func unavailable(_ path: String) -> MillraceError {
        MillraceError(.stateUnavailable, words(errno), place: path)
    }
}

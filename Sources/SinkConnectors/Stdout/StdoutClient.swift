internal import Connector
internal import NIOPosix

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Writes whole lines to a file descriptor, from a thread that may block: a pipe's reader can be slow.
struct StdoutClient: Sendable {
    private let descriptor: Int32

    static let standardOutput = StdoutClient(descriptor: 1)

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes all of the bytes before it returns.
    ///
    /// - Throws: ``MillraceError`` where the descriptor takes no more: its reader has gone, or the disk is full. Lines may
    ///   then have been written in part.
    func write(_ bytes: [UInt8]) async throws {
        let descriptor = descriptor
        try await NIOThreadPool.singleton.runIfActive { try Self.writeAll(bytes, to: descriptor) }
    }

    @available(*, noasync)
    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            // SAFETY: the pointer does not outlive the call, which reads no more than the slice holds.
            let written = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if written >= 0 {
                rest = rest.dropFirst(written)
            } else if errno == EPIPE {
                throw MillraceError(.sinkRejected, "nobody reads the standard output any more")
            } else if errno != EINTR, errno != EAGAIN {
                throw MillraceError(
                    .sinkUnavailable, "the standard output cannot be written: \(String(cString: strerror(errno)))")
            }
        }
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}

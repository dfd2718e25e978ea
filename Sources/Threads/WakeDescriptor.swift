#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A descriptor that wakes a thread out of `poll`: any thread may signal it, the owner waits on it beside its socket.
public final class WakeDescriptor: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    /// - Throws: ``ThreadsError`` when the process has no descriptors left.
    public init() throws(ThreadsError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .noDescriptors }
        (readEnd, writeEnd) = (ends[0], ends[1])
        for end in ends {
            _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Wakes the owner; safe from any thread and never blocks.
    public func signal() {
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    /// Waits until the socket is ready, the descriptor is signalled, or the time is over. Parts of a millisecond count
    /// as a whole one.
    @available(*, noasync)
    public func wait(forSocket socket: Int32, toRead: Bool = true, toWrite: Bool = false, timeout: Duration)
        -> Readiness
    {
        let interest = Int16((toRead ? POLLIN : 0) | (toWrite ? POLLOUT : 0))
        let (seconds, attoseconds) = max(.zero, timeout).components
        let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        let rest = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        let limit = overflow ? Int32.max : Int32(clamping: milliseconds.addingReportingOverflow(rest).partialValue)
        return withUnsafeTemporaryAllocation(of: pollfd.self, capacity: 2) { descriptors in
            descriptors.initializeElement(at: 0, to: pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0))
            descriptors.initializeElement(at: 1, to: pollfd(fd: socket, events: interest, revents: 0))
            // SAFETY: poll reads and writes exactly the two descriptors.
            _ = poll(descriptors.baseAddress, 2, limit)
            let isSignalled = descriptors[0].revents != 0
            if isSignalled { drain() }
            return Readiness(isSignalled: isSignalled, isSocketReady: descriptors[1].revents != 0)
        }
    }

    /// What ended a wait; both are false when the time was over.
    public struct Readiness: Sendable {
        public var isSignalled: Bool
        public var isSocketReady: Bool
    }

    private func drain() {
        var scratch = [UInt8](repeating: 0, count: 64)
        while read(readEnd, &scratch, scratch.count) > 0 {}
    }
}

/// What the system refused a thread.
public enum ThreadsError: Error {
    case noDescriptors
}

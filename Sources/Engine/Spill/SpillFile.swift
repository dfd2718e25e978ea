internal import Connector
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// One file of a spill. It has no name from the moment it is open, so that the system frees it with the process.
///
/// Blocking: for a dedicated thread alone.
final class SpillFile {
    private let descriptor: Int32
    private let folder: String

    /// Numbers the files of this process, for the names that they have for a moment.
    private static let opened = Atomic<UInt64>(0)

    /// - Parameter folder: made where it is missing, for its owner alone.
    /// - Throws: ``Connector/MillraceError`` with the code `stateUnavailable`.
    @available(*, noasync)
    init(in folder: String) throws(MillraceError) {
        self.folder = folder
        if mkdir(folder, 0o700) != 0, errno != EEXIST { throw Self.failure("be made", in: folder) }
        while true {
            let number = Self.opened.add(1, ordering: .relaxed).newValue
            let path = "\(folder)/\(getpid())-\(number).spill"
            let opened = open(path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0o600)
            // A process of the same number was killed between opening its file and taking the name away.
            if opened < 0, errno == EEXIST { continue }
            guard opened >= 0 else { throw Self.failure("be written", in: folder) }
            descriptor = opened
            guard unlink(path) == 0 else {
                let error = Self.failure("be written", in: folder)
                close(opened)
                throw error
            }
            return
        }
    }

    deinit { close(descriptor) }

    /// Writes all the bytes at an offset.
    @available(*, noasync)
    func write(_ bytes: [UInt8], at offset: UInt64) throws(MillraceError) {
        var rest = bytes
        var offset = offset
        while !rest.isEmpty {
            let written = pwrite(descriptor, rest, rest.count, off_t(offset))
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw Self.failure("be written", in: folder) }
            if written == rest.count { return }
            offset += UInt64(written)
            rest.removeFirst(written)
        }
    }

    /// Reads `count` bytes from an offset on.
    @available(*, noasync)
    func read(_ count: Int, at offset: UInt64) throws(MillraceError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            // Whole reads are the rule; what is left of a short one is read by itself.
            var rest = done == 0 ? bytes : [UInt8](repeating: 0, count: count - done)
            let length = pread(descriptor, &rest, rest.count, off_t(offset) + off_t(done))
            if length < 0, errno == EINTR { continue }
            guard length > 0 else { throw Self.failure("be read", in: folder) }
            if length == count { return rest }
            bytes.replaceSubrange(done..<done + length, with: rest.prefix(length))
            done += length
        }
        return bytes
    }

    /// Gives everything that was written back to the disk.
    @available(*, noasync)
    func empty() throws(MillraceError) {
        guard ftruncate(descriptor, 0) == 0 else { throw Self.failure("be emptied", in: folder) }
    }

    private static func failure(_ verb: String, in folder: String) -> MillraceError {
        let reason = String(cString: strerror(errno))
        return MillraceError(
            .stateUnavailable, "large transactions cannot \(verb) beside the checkpoint: \(reason)", place: folder)
    }
}

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif
internal import Synchronization

/// A place where a debug build dies when it is told to, so that what a crash leaves behind there can be tested.
///
/// `MILLRACE_CRASH_AT=after-sink:3` ends the process with SIGKILL when it passes there the third time. A release build
/// has none of it.
enum CrashPoint: String {
    /// A batch was taken from the source, and no sink has it.
    case afterRead = "after-read"
    /// Part of a transaction went to the sinks, and its end has not come.
    case midTransaction = "mid-transaction"
    /// A sink took rows of a chunk, and others are still to take them.
    case midChunk = "mid-chunk"
    /// A chunk is settled in a sink, and not saved.
    case afterChunk = "after-chunk"
    /// A sink applied a batch, and nobody knows yet.
    case afterSink = "after-sink"
    /// The floor of a truncate is saved, and the sink not yet emptied.
    case midTruncate = "mid-truncate"
    /// The sink has the marker, and the state folder not the checkpoint.
    case afterMarker = "after-marker"
    /// The checkpoint is durable, and nobody was told.
    case afterCheckpoint = "after-checkpoint"
    /// All is ready to be acknowledged, and is not.
    case beforeAcknowledgement = "before-acknowledgement"
    /// A sink got a batch by a feed of its own.
    case whileDetached = "while-detached"
    /// A sink goes over from its own feed to the main stream.
    case atHandOver = "at-hand-over"

    @inline(__always)
    func pass() {
        #if DEBUG
            CrashOrder.given?.pass(self)
        #endif
    }
}

#if DEBUG
    /// Where to die, and after how many passages.
    private final class CrashOrder: Sendable {
        static let given = CrashOrder()

        private let point: CrashPoint
        private let left: Atomic<Int>

        private init?() {
            guard let text = getenv("MILLRACE_CRASH_AT").map({ String(cString: $0) }) else { return nil }
            let parts = text.split(separator: ":", maxSplits: 1)
            guard let point = parts.first.flatMap({ CrashPoint(rawValue: String($0)) }),
                let count = parts.count > 1 ? Int(parts[1]) : 1
            else { preconditionFailure("MILLRACE_CRASH_AT names a point, and after a colon a number") }
            self.point = point
            left = Atomic(count)
        }

        func pass(_ passed: CrashPoint) {
            guard passed == point, left.subtract(1, ordering: .relaxed).newValue == 0 else { return }
            kill(getpid(), SIGKILL)
        }
    }
#endif

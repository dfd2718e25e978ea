internal import Foundation

/// A moment as log lines write it.
struct LogTime: Sendable {
    /// In milliseconds since 1970.
    let milliseconds: Int64

    static func now() -> LogTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return LogTime(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// RFC 3339 in UTC: `2026-11-21T09:56:16.123Z`.
    var stamp: String { text("%Y-%m-%dT%H:%M:%S", of: gmtime_r) + "Z" }

    /// The time of day where the machine is: `09:56:16.123`.
    var clock: String { text("%H:%M:%S", of: localtime_r) }

    private func text(
        _ format: String, of parts: (UnsafePointer<time_t>, UnsafeMutablePointer<tm>) -> UnsafeMutablePointer<tm>?
    ) -> String {
        var seconds = time_t(milliseconds / 1_000)
        var fields = tm()
        _ = parts(&seconds, &fields)
        var buffer = [CChar](repeating: 0, count: 32)
        let length = strftime(&buffer, buffer.count, format, &fields)
        let whole = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let fraction = String(milliseconds % 1_000 + 1_000).dropFirst()
        return "\(whole).\(fraction)"
    }
}

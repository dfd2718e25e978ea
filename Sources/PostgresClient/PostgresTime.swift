#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Instants of the replication protocol: microseconds since 2000-01-01 UTC.
enum PostgresTime {
    /// From the Unix epoch to PostgreSQL's, in microseconds.
    static let epochOffset: Int64 = 946_684_800_000_000

    /// Microseconds since 1970 of an instant in the server's form. An instant too late for that is the latest one.
    static func sinceUnixEpoch(_ microseconds: Int64) -> Int64 {
        let (sum, overflow) = microseconds.addingReportingOverflow(epochOffset)
        return overflow ? .max : sum
    }

    /// The system's clock in the server's form.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000 - epochOffset
    }
}

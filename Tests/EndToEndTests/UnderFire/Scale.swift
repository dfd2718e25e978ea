import Foundation

/// How large the tests under fire are: small for every day, full for `make soak`.
enum Scale {
    static let isFull = ProcessInfo.processInfo.environment["MILLRACE_SOAK"] != nil
    /// How many rounds the crash harness makes: `make crash ROUNDS=500`.
    static let crashRounds = ProcessInfo.processInfo.environment["MILLRACE_CRASH_ROUNDS"].flatMap { Int($0) } ?? 5
    /// How long one test may take at the most. A round of crashes takes some seconds.
    static let minutesMax = max(isFull ? 240 : 6, crashRounds)

    static func rows(_ daily: Int) -> Int { isFull ? daily * 50 : daily }
    static func rounds(_ daily: Int) -> Int { isFull ? daily * 20 : daily }
    /// How many times as long what comes by itself may take: everything has more to do then.
    static let patience = isFull ? 20 : 1
    /// What a slow link carries, in bytes a second: as much more as there is patience for.
    static func pace(_ daily: Int) -> Int { daily * patience }
    static func time(_ daily: Duration) -> Duration { isFull ? daily * 60 : daily }
}

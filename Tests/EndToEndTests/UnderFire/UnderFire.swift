import Foundation
import Testing

/// The real process and real servers, while networks, servers and disks fail.
///
/// Each test ends with every row of the source compared with the sinks by a program that shares nothing with Millrace,
/// or, where going on would lose something, with an error that says what to do, and with that done.
@Suite(
    .serialized, .enabled(if: ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil), .ownLab,
    .timeLimit(.minutes(Scale.minutesMax)))
enum UnderFire {}

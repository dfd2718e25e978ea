/// What two writes of one sink key compare by: 63 bits, made from the position alone.
///
/// Layout from the top: epoch 5 bits, commit position 50 bits, window 8 bits. Within one sink key a version is unique,
/// because the changes of one key fold within a window.
public struct Version: Hashable, Comparable, Sendable, RawRepresentable {
    public static let epochMax: UInt8 = 31
    public static let commitMax: UInt64 = 1 << 50 - 1

    /// Never negative: sinks keep it in a signed 64-bit field.
    public let rawValue: Int64

    public init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// - Precondition: `epoch` is at most ``epochMax`` and `commit` at most ``commitMax``.
    @inlinable
    public init(epoch: UInt8, commit: UInt64, window: UInt8) {
        precondition(
            epoch <= Self.epochMax && commit <= Self.commitMax, "a version has 5 bits of epoch and 50 of commit")
        self.init(rawValue: Int64(epoch) << 58 | Int64(commit) << 8 | Int64(window))
    }

    public var epoch: UInt8 { UInt8(rawValue >> 58) }
    public var commit: UInt64 { UInt64(rawValue >> 8) & Self.commitMax }
    public var window: UInt8 { UInt8(truncatingIfNeeded: rawValue) }

    public static func < (left: Version, right: Version) -> Bool { left.rawValue < right.rawValue }
}

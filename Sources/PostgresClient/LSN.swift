/// A place in PostgreSQL's write-ahead log, as a byte offset.
public struct LSN: RawRepresentable, Hashable, Comparable, Sendable {
    public static let zero = LSN(rawValue: 0)

    public let rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Reads the server's form: two hexadecimal numbers of at most eight digits, `16/B374D848`. Nil for anything else.
    public init?(_ text: some StringProtocol) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let high = Self.half(halves[0]), let low = Self.half(halves[1]) else { return nil }
        self.init(rawValue: high << 32 | low)
    }

    /// The commit position of a commit record at this place: records are aligned to eight bytes.
    public var commitPosition: UInt64 { rawValue / 8 }

    /// The place that a commit position stands for.
    public init(commitPosition: UInt64) {
        self.init(rawValue: commitPosition * 8)
    }

    public static func < (left: LSN, right: LSN) -> Bool { left.rawValue < right.rawValue }

    private static func half(_ text: some StringProtocol) -> UInt64? {
        guard (1...8).contains(text.utf8.count), text.utf8.first != UInt8(ascii: "+") else { return nil }
        return UInt64(text, radix: 16)
    }
}

extension LSN: CustomStringConvertible {
    public var description: String {
        let high = String(rawValue >> 32, radix: 16, uppercase: true)
        let low = String(rawValue & 0xFFFF_FFFF, radix: 16, uppercase: true)
        return "\(high)/\(low)"
    }
}

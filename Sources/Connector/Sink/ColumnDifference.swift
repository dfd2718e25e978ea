/// One column, field or member that differs. Values are in the target's own text form, cut to ``lengthMax`` bytes; nil
/// for what is not there.
public struct ColumnDifference: Sendable, Equatable {
    public static let lengthMax = 200

    public var column: String
    public var expected: String?
    public var found: String?

    public init(_ column: String, expected: String?, found: String?) {
        self.column = column
        self.expected = expected
        self.found = found
    }

    /// Makes texts of values of any length, cut so that they show where the two part.
    package init(_ column: String, expected: [UInt8]?, found: [UInt8]?) {
        var start = 0
        if let expected, let found, max(expected.count, found.count) > Self.lengthMax {
            let common = zip(expected, found).prefix { $0 == $1 }.count
            start = max(0, common - Self.contextBytes)
        }
        self.init(
            column, expected: expected.map { Self.cut($0, from: start) }, found: found.map { Self.cut($0, from: start) }
        )
    }

    /// How many bytes are shown before the first that differs.
    private static let contextBytes = 40
    private static let ellipsis = "…"

    /// A part of a value, with an ellipsis for what was left out; bytes that are no text are repaired.
    private static func cut(_ bytes: [UInt8], from start: Int) -> String {
        var first = min(start, bytes.count)
        while first < bytes.count, first > 0, isWithinCharacter(bytes[first]) { first += 1 }
        guard first > 0 || bytes.count > lengthMax else { return String(decoding: bytes, as: UTF8.self) }
        var end = min(bytes.count, first + lengthMax - 2 * ellipsis.utf8.count)
        while end > first, end < bytes.count, isWithinCharacter(bytes[end]) { end -= 1 }
        return (first > 0 ? ellipsis : "") + String(decoding: bytes[first..<end], as: UTF8.self)
            + (end < bytes.count ? ellipsis : "")
    }

    private static func isWithinCharacter(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}

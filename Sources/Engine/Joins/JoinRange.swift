internal import Change

/// Whether the values of two columns can be compared by their texts, and which of them can be equal.
struct JoinRange {
    /// What both sides can hold, where that is less than either holds.
    var bounds: ClosedRange<Int64>?

    /// Nil for types whose values the two sides would not compare alike.
    init?(_ own: Column, _ other: Column) {
        if let left = Self.integers(own.type), let right = Self.integers(other.type) {
            bounds = left == right ? nil : left.clamped(to: right)
            return
        }
        switch (own.type, other.type) {
        case (.decimal, .decimal): return
        // Trailing blanks of char(n) count on one side only.
        case (.text, .text): if own.isPadded != other.isPadded { return nil }
        case (.boolean, .boolean), (.uuid, .uuid), (.bytes, .bytes), (.date, .date), (.timestamp, .timestamp),
            (.timestampWithZone, .timestampWithZone):
            return
        case (.enumeration, .enumeration): if own.sourceType != other.sourceType { return nil }
        default: return nil
        }
    }

    private static func integers(_ type: DataType) -> ClosedRange<Int64>? {
        switch type {
        case .int16: Int64(Int16.min)...Int64(Int16.max)
        case .int32: Int64(Int32.min)...Int64(Int32.max)
        case .int64: Int64.min...Int64.max
        default: nil
        }
    }
}

extension Column {
    fileprivate var isPadded: Bool { ["char", "bpchar"].contains { sourceType.hasPrefix($0) } && !isVarying }
    private var isVarying: Bool { sourceType.hasPrefix("character varying") }
}

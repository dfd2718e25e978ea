/// Which containers a scanner stands in: one bit for each level, without an allocation.
struct JSONPath {
    private var words = InlineArray<16, UInt64>(repeating: 0)
    private(set) var depth = 0

    /// Whether the innermost container is an object.
    var isInObject: Bool {
        let level = depth - 1
        return words[level / 64] >> UInt64(level % 64) & 1 == 1
    }

    /// - Throws: where the nesting is deeper than ``JSONScanner/depthMax``.
    mutating func push(isObject: Bool) throws(WireError) {
        guard depth < JSONScanner.depthMax else { throw .malformed("JSON: nested too deeply") }
        let bit: UInt64 = 1 << UInt64(depth % 64)
        if isObject { words[depth / 64] |= bit } else { words[depth / 64] &= ~bit }
        depth += 1
    }

    mutating func pop() {
        depth -= 1
    }
}

/// One place where two JSON values differ: a member of both objects, or the values as a whole.
public struct JSONDifference: Equatable, Sendable {
    /// The member's name; nil where at least one of the values is no object.
    public var name: String?
    /// Where the value stands in the expected text; nil where it is not there.
    public var expected: Range<Int>?
    /// The same of the text that was found.
    public var found: Range<Int>?

    /// Where two texts differ, by name; empty where they are the same value.
    ///
    /// - Throws: where one of them is no JSON.
    public static func between(
        expected: Span<UInt8>, found: Span<UInt8>
    ) throws(WireError) -> [JSONDifference] {
        if expected.isEqual(to: found) { return [] }
        let tree = try JSONTree(expected)
        let other = try JSONTree(found)
        guard tree.nodes[0].kind == .object, other.nodes[0].kind == .object else {
            return tree.isEqual(to: other)
                ? [] : [JSONDifference(name: nil, expected: tree.range(0), found: other.range(0))]
        }
        return members(of: tree, other)
    }

    private static func members(of tree: borrowing JSONTree, _ other: borrowing JSONTree) -> [JSONDifference] {
        let named = tree.named(tree.members(of: 0))
        let others = other.named(other.members(of: 0))
        var differences: [JSONDifference] = []
        var left = 0
        var right = 0
        while left < named.count || right < others.count {
            if left < named.count, right < others.count, named[left].name == others[right].name {
                if !tree.isEqual(named[left].value, to: other, others[right].value) {
                    differences.append(
                        JSONDifference(
                            name: Self.text(named[left].name), expected: tree.range(named[left].value),
                            found: other.range(others[right].value)))
                }
                left += 1
                right += 1
            } else if right == others.count
                || left < named.count && named[left].name.lexicographicallyPrecedes(others[right].name)
            {
                differences.append(
                    JSONDifference(
                        name: Self.text(named[left].name), expected: tree.range(named[left].value), found: nil))
                left += 1
            } else {
                differences.append(
                    JSONDifference(
                        name: Self.text(others[right].name), expected: nil, found: other.range(others[right].value)))
                right += 1
            }
        }
        return differences
    }

    private static func text(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self) }
}

extension JSONTree {
    func range(_ index: Int) -> Range<Int> { nodes[index].start..<nodes[index].end }
}

/// JSON text taken apart in one pass, without copying: each value by where it stands.
///
/// It accepts exactly RFC 8259, nested as ``JSONScanner`` does; anything else throws.
public struct JSONTree: ~Escapable {
    enum Kind: UInt8 {
        case null, boolean, number, string, array, object
    }

    /// One value, or the name of an object's member, which stands before its value.
    struct Node {
        var kind: Kind
        var hasEscapes = false
        /// The text, of a string with its quotes.
        var start: Int
        var end = 0
        /// The node behind the value and everything in it.
        var next = 0
    }

    let bytes: Span<UInt8>
    let nodes: [Node]

    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>) throws(WireError) {
        self.bytes = bytes
        nodes = try Self.nodes(of: bytes)
    }

    /// Whether both are the same value: objects whatever the order of their members, numbers by their exact decimal
    /// value, strings by what they stand for.
    public func isEqual(to other: borrowing JSONTree) -> Bool { isEqual(0, to: other, 0) }

    /// Recursion ends: ``JSONScanner/depthMax`` bounds it.
    func isEqual(_ index: Int, to other: borrowing JSONTree, _ otherIndex: Int) -> Bool {
        let node = nodes[index]
        let otherNode = other.nodes[otherIndex]
        guard node.kind == otherNode.kind else { return false }
        switch node.kind {
        case .null: return true
        case .boolean: return node.end - node.start == otherNode.end - otherNode.start
        case .number:
            return JSONExactNumber.isEqual(
                bytes.extracting(node.start..<node.end), other.bytes.extracting(otherNode.start..<otherNode.end))
        case .string: return isEqualText(node, to: other, otherNode)
        case .array: return areElementsEqual(index, to: other, otherIndex)
        case .object: return areMembersEqual(index, to: other, otherIndex)
        }
    }

    func isEqualText(_ node: Node, to other: borrowing JSONTree, _ otherNode: Node) -> Bool {
        if node.hasEscapes || otherNode.hasEscapes { return text(of: node) == other.text(of: otherNode) }
        return bytes.extracting(node.start..<node.end)
            .isEqual(to: other.bytes.extracting(otherNode.start..<otherNode.end))
    }

    /// The bytes that a string stands for.
    func text(of node: Node) -> [UInt8] {
        var text: [UInt8] = []
        text.append(unescapingJSON: bytes.extracting((node.start + 1)..<(node.end - 1)))
        return text
    }

    private func areElementsEqual(_ index: Int, to other: borrowing JSONTree, _ otherIndex: Int) -> Bool {
        var left = index + 1
        var right = otherIndex + 1
        while left < nodes[index].next, right < other.nodes[otherIndex].next {
            guard isEqual(left, to: other, right) else { return false }
            left = nodes[left].next
            right = other.nodes[right].next
        }
        return left == nodes[index].next && right == other.nodes[otherIndex].next
    }

    private func areMembersEqual(_ index: Int, to other: borrowing JSONTree, _ otherIndex: Int) -> Bool {
        let members = members(of: index)
        let others = other.members(of: otherIndex)
        guard members.count == others.count else { return false }
        // Names first: no value is compared twice, however deep.
        var isInOrder = true
        for place in members.indices where isInOrder {
            isInOrder = isEqualText(nodes[members[place]], to: other, other.nodes[others[place]])
        }
        if isInOrder {
            for place in members.indices where !isEqual(members[place] + 1, to: other, others[place] + 1) {
                return false
            }
            return true
        }
        let named = named(members)
        let otherNamed = other.named(others)
        for place in named.indices {
            guard named[place].name == otherNamed[place].name,
                isEqual(named[place].value, to: other, otherNamed[place].value)
            else { return false }
        }
        return true
    }

    /// The nodes of an object's names, in the order of the text.
    func members(of index: Int) -> [Int] {
        var members: [Int] = []
        var member = index + 1
        while member < nodes[index].next {
            members.append(member)
            member = nodes[member + 1].next
        }
        return members
    }

    /// Members by name; those of one name stay in the order of the text.
    func named(_ members: [Int]) -> [(name: [UInt8], value: Int)] {
        members.map { (text(of: nodes[$0]), $0 + 1) }.sorted { left, right in
            left.name == right.name ? left.value < right.value : left.name.lexicographicallyPrecedes(right.name)
        }
    }
}

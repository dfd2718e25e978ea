extension JSONTree {
    /// Every value of a text, containers before what is in them.
    static func nodes(of bytes: Span<UInt8>) throws(WireError) -> [Node] {
        var scanner = JSONScanner(bytes)
        var nodes: [Node] = []
        /// The containers that the scanner stands in.
        var open: [Int] = []
        repeat {
            guard try advance(&scanner, in: bytes, within: open.last, &nodes) else {
                let container = open.removeLast()
                nodes[container].end = scanner.offset
                nodes[container].next = nodes.count
                continue
            }
            let node = try value(&scanner, in: bytes)
            if node.kind == .object || node.kind == .array {
                guard open.count < JSONScanner.depthMax else { throw .malformed("JSON: nested too deeply") }
                open.append(nodes.count)
            }
            nodes.append(node)
            nodes[nodes.count - 1].next = nodes.count
        } while !open.isEmpty
        try scanner.expectEnd()
        return nodes
    }

    /// Moves to the next value of the innermost container, past its name in an object; false where the container ends.
    private static func advance(
        _ scanner: inout JSONScanner, in bytes: Span<UInt8>, within container: Int?, _ nodes: inout [Node]
    ) throws(WireError) -> Bool {
        guard let container else { return true }
        guard nodes[container].kind == .object else { return try scanner.nextElement() }
        guard let name = try scanner.nextKey() else { return false }
        nodes.append(string(name, in: bytes))
        nodes[nodes.count - 1].next = nodes.count
        return true
    }

    /// Reads a scalar, or enters a container.
    private static func value(_ scanner: inout JSONScanner, in bytes: Span<UInt8>) throws(WireError) -> Node {
        let first = try scanner.peek()
        var node = Node(kind: .number, start: scanner.offset)
        switch first {
        case UInt8(ascii: "{"):
            node.kind = .object
            try scanner.enterObject()
            return node
        case UInt8(ascii: "["):
            node.kind = .array
            try scanner.enterArray()
            return node
        case UInt8(ascii: "\""): return string(try scanner.readString(), in: bytes)
        case UInt8(ascii: "t"), UInt8(ascii: "f"): node.kind = .boolean
        case UInt8(ascii: "n"): node.kind = .null
        default: break
        }
        node.end = try scanner.skipValue().upperBound
        return node
    }

    /// A string by the range between its quotes.
    private static func string(_ raw: Range<Int>, in bytes: Span<UInt8>) -> Node {
        var node = Node(kind: .string, start: raw.lowerBound - 1)
        node.end = raw.upperBound + 1
        for index in raw where bytes[index] == UInt8(ascii: "\\") {
            node.hasEscapes = true
            break
        }
        return node
    }
}

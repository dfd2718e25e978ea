extension [UInt8] {
    /// Appends what the text between the quotes of a JSON string stands for.
    ///
    /// - Precondition: it stands in JSON that was read.
    public mutating func append(unescapingJSON raw: Span<UInt8>) { append(contentsOf: JSONParsing.unescaped(raw)) }
}

/// The grammar of JSON (RFC 8259).
enum JSONParsing {
    /// Every value of a text, containers before what is in them.
    static func nodes(of bytes: Span<UInt8>) throws(WireError) -> [JSONTree.Node] {
        var nodes: [JSONTree.Node] = []
        /// The containers that the place lies in.
        var open: [Int] = []
        var index = 0
        repeat {
            if let container = open.last, nodes[container].kind == .object {
                nodes.append(try string(in: bytes, at: &index))
                nodes[nodes.count - 1].next = nodes.count
                try expect(UInt8(ascii: ":"), in: bytes, at: &index)
            }
            let first = try next(in: bytes, at: &index)
            if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
                guard open.count < JSONTree.depthMax else { throw .malformed("JSON: nested too deeply") }
                open.append(nodes.count)
                nodes.append(JSONTree.Node(kind: first == UInt8(ascii: "{") ? .object : .array, start: index))
                index += 1
                // The closing byte is two behind the opening one, in both pairs.
                guard try next(in: bytes, at: &index) == first + 2 else { continue }
            } else {
                nodes.append(try scalar(first, in: bytes, at: &index))
                nodes[nodes.count - 1].next = nodes.count
            }
            try close(&open, &nodes, in: bytes, at: &index)
        } while !open.isEmpty
        skipSpace(in: bytes, at: &index)
        guard index == bytes.count else { throw .malformed("JSON") }
        return nodes
    }

    /// Closes every container that ends here, and passes the comma before what follows.
    private static func close(
        _ open: inout [Int], _ nodes: inout [JSONTree.Node], in bytes: Span<UInt8>, at index: inout Int
    ) throws(WireError) {
        while let container = open.last {
            let byte = try next(in: bytes, at: &index)
            index += 1
            if byte == UInt8(ascii: ",") { return }
            guard byte == (nodes[container].kind == .object ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                throw .malformed("JSON")
            }
            nodes[container].end = index
            nodes[container].next = nodes.count
            open.removeLast()
        }
    }

    private static func scalar(
        _ first: UInt8, in bytes: Span<UInt8>, at index: inout Int
    ) throws(WireError) -> JSONTree.Node {
        switch first {
        case UInt8(ascii: "\""): return try string(in: bytes, at: &index)
        case UInt8(ascii: "t"): return try literal("true", .boolean, in: bytes, at: &index)
        case UInt8(ascii: "f"): return try literal("false", .boolean, in: bytes, at: &index)
        case UInt8(ascii: "n"): return try literal("null", .null, in: bytes, at: &index)
        default:
            var node = JSONTree.Node(kind: .number, start: index)
            while index < bytes.count, isOfNumber(bytes[index]) { index += 1 }
            node.end = index
            guard NumberText.isJSONNumber(bytes.extracting(node.start..<index)) else { throw .malformed("JSON") }
            return node
        }
    }

    private static func isOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    private static func literal(
        _ text: StaticString, _ kind: JSONTree.Kind, in bytes: Span<UInt8>, at index: inout Int
    ) throws(WireError) -> JSONTree.Node {
        guard bytes.extracting(index..<bytes.count).hasPrefix(text) else { throw .malformed("JSON") }
        var node = JSONTree.Node(kind: kind, start: index)
        index += text.utf8CodeUnitCount
        node.end = index
        return node
    }

    private static func string(in bytes: Span<UInt8>, at index: inout Int) throws(WireError) -> JSONTree.Node {
        try expect(UInt8(ascii: "\""), in: bytes, at: &index)
        var node = JSONTree.Node(kind: .string, start: index - 1)
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                node.end = index
                return node
            case UInt8(ascii: "\\"):
                node.hasEscapes = true
                try skipEscape(in: bytes, at: &index)
            case 0..<0x20: throw .malformed("JSON")
            default: index += 1
            }
        }
        throw .malformed("JSON")
    }

    private static func skipEscape(in bytes: Span<UInt8>, at index: inout Int) throws(WireError) {
        guard index + 1 < bytes.count else { throw .malformed("JSON") }
        switch bytes[index + 1] {
        case UInt8(ascii: "u"):
            guard index + 6 <= bytes.count else { throw .malformed("JSON") }
            for place in index + 2..<index + 6 where Hex.value(of: bytes[place]) == nil { throw .malformed("JSON") }
            index += 6
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            index += 2
        default: throw .malformed("JSON")
        }
    }

    private static func expect(_ byte: UInt8, in bytes: Span<UInt8>, at index: inout Int) throws(WireError) {
        guard try next(in: bytes, at: &index) == byte else { throw .malformed("JSON") }
        index += 1
    }

    /// The next byte that is no white space; stays before it.
    private static func next(in bytes: Span<UInt8>, at index: inout Int) throws(WireError) -> UInt8 {
        skipSpace(in: bytes, at: &index)
        guard index < bytes.count else { throw .malformed("JSON") }
        return bytes[index]
    }

    private static func skipSpace(in bytes: Span<UInt8>, at index: inout Int) {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    // MARK: Escapes

    /// What the inside of a valid string stands for, as UTF-8; half of a surrogate pair stays by itself, in three bytes.
    static func unescaped(_ raw: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(raw.count)
        var index = 0
        while index < raw.count {
            guard raw[index] == UInt8(ascii: "\\") else {
                text.append(raw[index])
                index += 1
                continue
            }
            let kind = raw[index + 1]
            index += 2
            guard kind == UInt8(ascii: "u") else {
                text.append(control(kind))
                continue
            }
            var scalar = unit(in: raw, at: index)
            index += 4
            if (0xD800..<0xDC00).contains(scalar), index + 6 <= raw.count, raw[index] == UInt8(ascii: "\\"),
                raw[index + 1] == UInt8(ascii: "u")
            {
                let low = unit(in: raw, at: index + 2)
                if (0xDC00..<0xE000).contains(low) {
                    scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
                    index += 6
                }
            }
            append(scalar, to: &text)
        }
        return text
    }

    private static func control(_ kind: UInt8) -> UInt8 {
        switch kind {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: kind
        }
    }

    private static func unit(in raw: Span<UInt8>, at index: Int) -> UInt32 {
        var unit: UInt32 = 0
        for place in index..<index + 4 { unit = unit << 4 | UInt32(Hex.value(of: raw[place]) ?? 0) }
        return unit
    }

    private static func append(_ scalar: UInt32, to text: inout [UInt8]) {
        switch scalar {
        case 0..<0x80: text.append(UInt8(scalar))
        case 0x80..<0x800: text += [UInt8(0xC0 | scalar >> 6), UInt8(0x80 | scalar & 0x3F)]
        case 0x800..<0x10000:
            text += [UInt8(0xE0 | scalar >> 12), UInt8(0x80 | scalar >> 6 & 0x3F), UInt8(0x80 | scalar & 0x3F)]
        default:
            text += [
                UInt8(0xF0 | scalar >> 18), UInt8(0x80 | scalar >> 12 & 0x3F), UInt8(0x80 | scalar >> 6 & 0x3F),
                UInt8(0x80 | scalar & 0x3F),
            ]
        }
    }
}

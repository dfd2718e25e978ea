internal import Connector
internal import Yams

/// Turns the bytes of a file into nodes, within limits: what a pipeline file has no use for is refused, because it is a
/// mistake or an attack.
struct YAMLComposer {
    static let bytesMax = 1 << 20
    static let depthMax = 32
    static let nodesMax = 100_000
    static let scalarBytesMax = 64 << 10

    let file: String
    let text: YAMLText
    private var nodeCount = 0

    private init(file: String, text: String) {
        self.file = file
        self.text = YAMLText(text)
    }

    /// The file's only document; nil, and a problem, where there is none that can be read.
    static func compose(_ bytes: [UInt8], file: String, problems: inout Problems) -> YAMLNode? {
        let start = SourceLocation(file: file, line: 1, column: 1)
        guard bytes.count <= bytesMax else {
            problems.error(at: start, "the file has \(bytes.count) bytes; a pipeline file has at most \(bytesMax)")
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            problems.error(at: start, "the file is not UTF-8 text")
            return nil
        }
        guard !hasManyAliases(bytes) else {
            problems.error(
                at: start, "the file uses aliases (*name); a pipeline file has none",
                hint: "write out what they stand for")
            return nil
        }
        var composer = YAMLComposer(file: file, text: text)
        do {
            // The parser owns the anchors' names: it lives until every node was looked at.
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            return try withExtendedLifetime(parser) {
                guard let root = try parser.singleRoot() else {
                    problems.error(
                        at: start, "the file is empty", hint: "a pipeline file begins with format: 1")
                    return nil
                }
                return composer.node(root, depth: 1, problems: &problems)
            }
        } catch {
            problems.append(composer.diagnostic(of: error, at: start))
            return nil
        }
    }

    /// Whether the bytes could hold enough aliases to blow up: Yams compares whole keys, through aliases too, before
    /// it hands out any node. A handful cannot do harm, and is refused by its anchors with a place.
    private static func hasManyAliases(_ bytes: [UInt8]) -> Bool {
        var count = 0
        for index in bytes.indices where bytes[index] == UInt8(ascii: "*") {
            guard index + 1 < bytes.count else { break }
            let isAfterBreak = index == 0 || !isWord(bytes[index - 1])
            if isAfterBreak, isWord(bytes[index + 1]) { count += 1 }
        }
        return count > 8
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: byte >= 0x80
        }
    }

    private mutating func node(_ node: Node, depth: Int, problems: inout Problems) -> YAMLNode {
        let location = location(of: node.mark)
        guard isWithinLimits(node, at: location, depth: depth, problems: &problems) else {
            return YAMLNode(content: .refused, location: location)
        }
        let content: YAMLNode.Content
        switch node {
        case .scalar(let scalar):
            content = self.scalar(scalar, at: location, problems: &problems).map { .scalar($0) } ?? .refused
        case .sequence(let sequence):
            let isFine = isUntagged(node, .seq, at: location, problems: &problems)
            content =
                isFine ? .sequence(sequence.map { self.node($0, depth: depth + 1, problems: &problems) }) : .refused
        case .mapping(let mapping):
            let isFine = isUntagged(node, .map, at: location, problems: &problems)
            content =
                isFine
                ? .mapping(mapping.compactMap { entry($0, $1, depth: depth + 1, problems: &problems) }) : .refused
        case .alias:
            content = .refused
        }
        return YAMLNode(content: content, location: location)
    }

    private mutating func isWithinLimits(
        _ node: Node, at location: SourceLocation, depth: Int, problems: inout Problems
    ) -> Bool {
        nodeCount += 1
        guard nodeCount <= Self.nodesMax else {
            if nodeCount == Self.nodesMax + 1 {
                problems.error(at: location, "the file has more than \(Self.nodesMax) values")
            }
            return false
        }
        guard depth <= Self.depthMax else {
            problems.error(at: location, "nested more than \(Self.depthMax) levels deep")
            return false
        }
        guard node.anchor == nil else {
            problems.error(
                at: location, "anchors and aliases are not used in pipeline files", hint: "write the value out")
            return false
        }
        return true
    }

    private mutating func entry(_ key: Node, _ value: Node, depth: Int, problems: inout Problems) -> YAMLEntry? {
        let value = node(value, depth: depth, problems: &problems)
        let location = location(of: key.mark)
        guard case .scalar(let scalar) = key, key.anchor == nil else {
            problems.error(at: location, "a key is one plain text")
            return nil
        }
        guard let name = self.scalar(scalar, at: location, problems: &problems) else { return nil }
        return YAMLEntry(key: Located(name.text.value, at: location), value: value)
    }

    private func scalar(
        _ scalar: Node.Scalar, at location: SourceLocation, problems: inout Problems
    ) -> YAMLScalar? {
        guard isUntagged(.scalar(scalar), .str, at: location, problems: &problems) else { return nil }
        guard scalar.string.utf8.count <= Self.scalarBytesMax else {
            problems.error(at: location, "a text has at most \(Self.scalarBytesMax) bytes")
            return nil
        }
        guard !scalar.string.unicodeScalars.contains("\0") else {
            problems.error(at: location, "a text holds no zero character")
            return nil
        }
        let style: ScalarPlaces.Style =
            switch scalar.style {
            case .any, .plain: .plain
            case .singleQuoted: .singleQuoted
            case .doubleQuoted: .doubleQuoted
            case .literal, .folded: .block
            }
        let located = ScalarPlaces.locate(scalar.string, at: location, style: style, in: text)
        return YAMLScalar(text: located, isPlain: style == .plain)
    }

    private func isUntagged(
        _ node: Node, _ name: Tag.Name, at location: SourceLocation, problems: inout Problems
    ) -> Bool {
        guard node.tag.rawValue != name.rawValue else { return true }
        problems.error(at: location, "tags are not used in pipeline files", hint: "leave out what begins with !")
        return false
    }

    func location(of mark: Mark?) -> SourceLocation {
        SourceLocation(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
    }
}

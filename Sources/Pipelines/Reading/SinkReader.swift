internal import Change
internal import Connector

/// Reads one element of the list under `sinks:`.
struct SinkReader {
    static let example = "write sinks: [{redis: {url: …, write: [{from: public.users, …}]}}]"
    static let writeExample = "write a list with one entry for each table and form: - from: public.users"

    let kinds: [SinkKind]
    /// The source's tables; nil where they could not be read: then `from` is not compared with them.
    let tables: [Located<TableName>]?

    func read(_ node: YAMLNode, context: inout ReadingContext) -> SinkDocument? {
        let reader = KindReader(what: "sink", example: Self.example, kinds: kinds, name: \.name)
        guard let found = reader.read(node, named: "a sink", context: &context) else { return nil }
        let (kind, kindName) = (found.kind, found.kind.name)
        let block = KeyedBlock(
            found.options, what: kindName, at: found.location, valid: kind.options.map(\.name) + ["name", "write"],
            context: &context)
        let values = OptionReader(descriptors: kind.options, what: kindName).read(block, context: &context)
        let name = name(block, kind: kindName, context: &context)
        let writes = writes(block, kind: kind, context: &context)
        guard let name, let writes else { return nil }
        return SinkDocument(kind: kindName, name: name, options: values, writes: writes)
    }

    private func name(_ block: KeyedBlock, kind: String, context: inout ReadingContext) -> String? {
        guard let node = block["name"] else { return kind }
        guard let text = context.text(node, what: "name") else { return nil }
        if NameText.isName(text.value) { return text.value }
        context.problems.error(at: text.location, "name: \(context.shown(text)) \(NameText.rule)")
        return nil
    }

    private func writes(
        _ block: KeyedBlock, kind: SinkKind, context: inout ReadingContext
    ) -> [WriteDocument]? {
        guard let node = block.required("write", example: Self.writeExample, context: &context),
            let nodes = context.list(node, what: "write", example: Self.writeExample)
        else { return nil }
        let reader = WriteReader(kind: kind, tables: tables)
        var writes: [WriteDocument] = []
        for node in nodes {
            guard let write = reader.read(node, context: &context) else { continue }
            if let first = writes.first(where: { $0.name == write.name }) {
                context.problems.error(
                    at: node.location, "two entries of \(block.what) bear the name \(write.name)",
                    hint: "give one a name: of its own; the first is in line \(first.from.location.line)")
            }
            writes.append(write)
        }
        return writes
    }
}

/// Names that become parts of slots, files and metrics.
enum NameText {
    static let lengthMax = 50
    static let rule =
        "is no name: use lower-case letters, digits and hyphens, a letter first, at most \(lengthMax) characters"

    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
        return text.utf8.count <= lengthMax
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

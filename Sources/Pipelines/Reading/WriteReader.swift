internal import Change
internal import Connector
internal import Wire

/// Reads one entry under `write:`.
struct WriteReader {
    static let keys = ["from", "name"] + TransformReader.keys

    let kind: SinkKind
    let tables: [Located<TableName>]?

    func read(_ node: YAMLNode, context: inout ReadingContext) -> WriteDocument? {
        guard let entries = context.entries(node, what: "an entry of write", example: SinkReader.writeExample) else {
            return nil
        }
        let what = "an entry of \(kind.name)"
        let block = KeyedBlock(
            entries, what: what, at: node.location, valid: Self.keys + kind.mappingOptions.map(\.name),
            context: &context)
        let options = OptionReader(descriptors: kind.mappingOptions, what: what).read(block, context: &context)
        let transform = TransformReader.read(block, context: &context)
        let given = givenName(block, context: &context)
        guard let from = from(block, context: &context) else { return nil }
        return WriteDocument(
            name: given ?? name(of: from.value, block), from: from, transform: transform, options: options,
            fingerprint: WriteFingerprint.of(table: from.value, transform: transform, options: options))
    }

    private func from(_ block: KeyedBlock, context: inout ReadingContext) -> Located<TableName>? {
        guard let node = block.required("from", example: "write from: public.users", context: &context),
            let table = context.table(node, what: "from")
        else { return nil }
        guard let tables, !tables.contains(where: { $0.value == table.value }) else { return table }
        context.problems.error(
            at: table.location, "the source's tables do not include \(TableNameText.text(of: table.value))",
            hint: NearestName.hint(
                for: TableNameText.text(of: table.value), among: tables.map { TableNameText.text(of: $0.value) }))
        return nil
    }

    private func givenName(_ block: KeyedBlock, context: inout ReadingContext) -> String? {
        guard let node = block["name"], let text = context.text(node, what: "name") else { return nil }
        let isShort = !text.value.isEmpty && text.value.utf8.count <= 200
        if isShort, text.value.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) {
            return text.value
        }
        context.problems.error(at: text.location, "name: a name has one to 200 bytes and no control characters")
        return nil
    }

    /// The table and the templates as the file has them: environment variables stay unread, so that the name is the
    /// same wherever the pipeline runs, and gives nothing away.
    private func name(of table: TableName, _ block: KeyedBlock) -> String {
        var parts = [TableNameText.text(of: table)]
        for descriptor in kind.mappingOptions {
            guard case .template = descriptor.kind, case .scalar(let scalar)? = block[descriptor.name]?.content else {
                continue
            }
            parts.append("\(descriptor.name) \(scalar.text.value)")
        }
        return parts.joined(separator: " ")
    }
}

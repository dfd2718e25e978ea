internal import Change
internal import Connector
internal import Wire

/// Reads one entry under `write:`.
struct WriteReader {
    static let keys = ["from", "name", LookupReader.key] + TransformReader.keys
    static let messagesKey = "messages"
    static let messagesExample = "write messages: outbox, or messages: \"*\" for every message"

    let kind: SinkKind
    let tables: [Located<TableName>]?

    func read(_ node: YAMLNode, context: inout ReadingContext) -> WriteDocument? {
        guard let entries = context.entries(node, what: "an entry of write", example: SinkReader.writeExample) else {
            return nil
        }
        let what = "an entry of \(kind.name)"
        let block = KeyedBlock(
            entries, what: what, at: node.location,
            valid: Self.keys + (kind.takesMessages ? [Self.messagesKey] : []) + kind.mappingOptions.map(\.name),
            context: &context)
        let options = OptionReader(descriptors: kind.mappingOptions, what: what).read(block, context: &context)
        let transform = TransformReader.read(block, context: &context)
        let lookups = LookupReader(tables: tables).read(block, context: &context)
        let given = givenName(block, context: &context)
        let subject = block[Self.messagesKey] == nil ? rows(block, &context) : messages(block, &context)
        guard let subject else { return nil }
        if subject.messages != nil, !lookups.isEmpty {
            context.problems.error(
                at: block.location(of: LookupReader.key), "a message has no columns to look anything up by")
        }
        return WriteDocument(
            name: given ?? name(of: subject, block), from: subject.from, messages: subject.messages,
            lookups: lookups, transform: transform, options: options,
            fingerprint: WriteFingerprint.of(
                table: subject.from.value, messages: subject.messages, lookups: lookups, transform: transform,
                options: options))
    }

    /// What an entry takes.
    private struct Subject {
        var from: Located<TableName>
        var messages: MessagePattern?
        /// The same as the file has it.
        var words: String
    }

    private func rows(_ block: KeyedBlock, _ context: inout ReadingContext) -> Subject? {
        from(block, context: &context).map { Subject(from: $0, words: TableNameText.text(of: $0.value)) }
    }

    private func messages(_ block: KeyedBlock, _ context: inout ReadingContext) -> Subject? {
        guard let node = block.required(Self.messagesKey, example: Self.messagesExample, context: &context),
            let text = context.text(node, what: Self.messagesKey)
        else { return nil }
        if block["from"] != nil {
            context.problems.error(
                at: block.location(of: Self.messagesKey), "an entry takes rows `from` a table or `messages`, not both",
                hint: "make two entries of it")
            return nil
        }
        guard !text.value.isEmpty else {
            context.problems.error(at: text.location, "messages: a prefix is missing", hint: Self.messagesExample)
            return nil
        }
        let written = if case .scalar(let scalar) = node.content { scalar.text.value } else { text.value }
        return Subject(
            from: Located(LogicalMessage.table, at: text.location), messages: MessagePattern(text.value),
            words: "\(Self.messagesKey) \(written)")
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
    private func name(of subject: Subject, _ block: KeyedBlock) -> String {
        var parts = [subject.words]
        for descriptor in kind.mappingOptions {
            guard case .template = descriptor.kind, case .scalar(let scalar)? = block[descriptor.name]?.content else {
                continue
            }
            parts.append("\(descriptor.name) \(scalar.text.value)")
        }
        return parts.joined(separator: " ")
    }
}

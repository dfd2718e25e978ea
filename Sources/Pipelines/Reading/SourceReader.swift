internal import Change
internal import Connector

/// Reads what stands under `source:`.
struct SourceReader {
    static let example = "write source: {postgres: {url: …, tables: [public.users]}}"
    static let tablesExample = "write tables: [public.users, public.orders]"

    let kinds: [SourceKind]
    /// The tables, where every one of them could be read: known even if the source has other mistakes.
    private(set) var tables: [Located<TableName>]?

    init(kinds: [SourceKind]) {
        self.kinds = kinds
    }

    mutating func read(_ node: YAMLNode, context: inout ReadingContext) -> SourceDocument? {
        let reader = KindReader(what: "source", example: Self.example, kinds: kinds, name: \.name)
        guard let found = reader.read(node, named: "source", context: &context) else { return nil }
        let (kind, kindName) = (found.kind, found.kind.name)
        let block = KeyedBlock(
            found.options, what: kindName, at: found.location,
            valid: kind.options.map(\.name) + ["tables", "snapshot"], context: &context)
        let values = OptionReader(descriptors: kind.options, what: kindName).read(block, context: &context)
        tables = readTables(block, context: &context)
        let snapshot = snapshotMode(block, context: &context)
        guard let tables, let snapshot else { return nil }
        return SourceDocument(kind: kindName, options: values, tables: tables, snapshot: snapshot)
    }

    private func readTables(_ block: KeyedBlock, context: inout ReadingContext) -> [Located<TableName>]? {
        guard let node = block.required("tables", example: Self.tablesExample, context: &context),
            let nodes = context.list(node, what: "tables", example: Self.tablesExample)
        else { return nil }
        var tables: [Located<TableName>] = []
        var isWhole = true
        for node in nodes {
            guard let table = context.table(node, what: "tables") else {
                isWhole = false
                continue
            }
            if let first = tables.first(where: { $0.value == table.value }) {
                context.problems.error(
                    at: table.location, "the table \(TableNameText.text(of: table.value)) is named twice",
                    hint: "the first is in line \(first.location.line)")
            } else {
                tables.append(table)
            }
        }
        return isWhole ? tables : nil
    }

    private func snapshotMode(_ block: KeyedBlock, context: inout ReadingContext) -> SnapshotMode? {
        guard let node = block["snapshot"] else { return .initial }
        guard let text = context.text(node, what: "snapshot") else { return nil }
        if let mode = SnapshotMode(rawValue: text.value) { return mode }
        let valid = SnapshotMode.allCases.map(\.rawValue)
        context.problems.error(
            at: text.location, "snapshot: \(context.shown(text)) is not one of \(valid.joined(separator: ", "))",
            hint: text.isFromEnvironment ? nil : NearestName.hint(for: text.value, among: valid))
        return nil
    }
}

extension ReadingContext {
    /// The name of a table; nil, and a problem, for anything else.
    mutating func table(_ node: YAMLNode, what: String) -> Located<TableName>? {
        guard let text = text(node, what: what) else { return nil }
        do {
            return Located(try TableNameText.parse(text.value), at: text.location)
        } catch {
            problems.error(
                at: text.location(at: error.offset), "\(what): \(shown(text)) is not a table: \(error.message)",
                hint: "write namespace.name, such as public.users or public.\"odd.name\"")
            return nil
        }
    }
}

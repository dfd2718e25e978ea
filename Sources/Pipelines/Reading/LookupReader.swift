internal import Change
internal import Connector

/// Reads the list under `lookup:`. Whether the columns exist and fit is checked against the tables' schemas.
struct LookupReader {
    static let key = "lookup"
    static let keys = ["from", "where", "take", "count"]
    private static let example =
        "write lookup: [{from: public.orders, where: {id: order_id}, take: {buyer: user_id}}]"
    private static let whereExample = "write where: {id: order_id}: its column, and the column of this row"
    private static let takeExample = "write take: {buyer: user_id}: the new column of this row, and its column"

    /// The source's tables; nil where they could not be read: then `from` is not compared with them.
    let tables: [Located<TableName>]?

    func read(_ block: KeyedBlock, context: inout ReadingContext) -> [LookupDocument] {
        guard let node = block[Self.key],
            let nodes = context.list(node, what: Self.key, example: Self.example)
        else { return [] }
        let lookups = nodes.compactMap { lookup($0, context: &context) }
        var first: [String: Located<String>] = [:]
        for name in lookups.flatMap(\.names) {
            if let earlier = first[name.value] {
                context.problems.error(
                    at: name.location, "two look-ups make a column \(name.value)",
                    hint: "the first is in line \(earlier.location.line)")
            }
            first[name.value] = first[name.value] ?? name
        }
        return lookups
    }

    private func lookup(_ node: YAMLNode, context: inout ReadingContext) -> LookupDocument? {
        guard let entries = context.entries(node, what: "a look-up", example: Self.example) else { return nil }
        let block = KeyedBlock(entries, what: "a look-up", at: node.location, valid: Self.keys, context: &context)
        let from = from(block, context: &context)
        let pairs = block.required("where", example: Self.whereExample, context: &context)
            .flatMap { context.entries($0, what: "where", example: Self.whereExample) }?
            .compactMap { entry in
                name(entry.value, of: entry, &context).map { LookupDocument.Pair(other: entry.key, own: $0) }
            }
        let gain = gain(block, context: &context)
        guard let from, let pairs, !pairs.isEmpty, let gain else { return nil }
        return LookupDocument(from: from, pairs: pairs, gain: gain)
    }

    private func from(_ block: KeyedBlock, context: inout ReadingContext) -> Located<TableName>? {
        guard let node = block.required("from", example: Self.example, context: &context),
            let table = context.table(node, what: "from")
        else { return nil }
        guard let tables, !tables.contains(where: { $0.value == table.value }) else { return table }
        let text = TableNameText.text(of: table.value)
        let nearest = NearestName.of(text, among: tables.map { TableNameText.text(of: $0.value) })
        context.problems.error(
            at: table.location,
            "the source's tables do not include \(text): its changes would not be known",
            hint: nearest.map { "did you mean \($0)?" } ?? "add \(text) to the source's tables")
        return nil
    }

    private func gain(_ block: KeyedBlock, context: inout ReadingContext) -> LookupDocument.Gain? {
        switch (block["take"], block["count"]) {
        case (let take?, nil):
            let taken = context.entries(take, what: "take", example: Self.takeExample)?.compactMap { entry in
                name(entry.value, of: entry, &context).map { LookupDocument.Taken(name: entry.key, column: $0) }
            }
            return taken.map { .take($0) }
        case (nil, let count?):
            return context.text(count, what: "count").map { .count(Located($0.value, at: $0.location)) }
        case (nil, nil):
            context.problems.error(
                at: block.location, "a look-up needs the key take or the key count",
                hint: "take: {buyer: user_id} for columns of one row, count: item_count for the number of rows")
        case (_?, _?):
            context.problems.error(
                at: block.location(of: "count"), "a look-up takes columns of one row or counts rows, not both",
                hint: "make two of it")
        }
        return nil
    }

    private func name(_ node: YAMLNode, of entry: YAMLEntry, _ context: inout ReadingContext) -> Located<String>? {
        context.text(node, what: entry.key.value).map { Located($0.value, at: $0.location) }
    }
}

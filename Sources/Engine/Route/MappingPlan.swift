internal import Change
internal import Connector
internal import Pipelines
internal import Transforms

/// One mapping compiled for one version of its table: what routing, folding and shaping need to know.
final class MappingPlan: Sendable {
    /// The mapping's number within its sink, the same for every version of the table.
    let number: Int
    let mapping: any RowMapping
    let transform: CompiledTransform
    /// Which messages the mapping takes; nil where it takes rows.
    private let messages: MessagePattern?
    /// What rows of other tables add to a row; nil for a mapping that looks nothing up.
    let joins: JoinPlan?
    /// Of a change that only concerns rows of another table: which. Nil for changes of the mapping's own rows.
    let trigger: JoinTrigger?
    /// The source's columns whose cells must be known before the row is shaped.
    let neededColumns: [Int]
    /// Whether the sink key reads a computed column, so that a row has to be extended before it has a key.
    let hasComputedKey: Bool

    /// Whether a row may have another sink key than the row before without that its primary key tells.
    let needsRowBefore: Bool

    /// Whether rows have to pass a filter, which may look at the row before.
    var hasFilter: Bool { transform.hasFilter }
    /// Whether the filter looks at what is looked up, which nobody knows of a row before.
    let filterReadsLookups: Bool

    init(
        number: Int, mapping: any RowMapping, transform: CompiledTransform, messages: MessagePattern? = nil,
        joins: JoinPlan? = nil, schema: TableSchema
    ) {
        let sourceColumns = schema.columns.count
        self.number = number
        self.mapping = mapping
        self.transform = transform
        self.messages = messages
        self.joins = joins
        trigger = nil
        let shapeColumns = joins?.schema.columns.count ?? sourceColumns
        hasComputedKey = mapping.keyColumns.contains { $0 >= shapeColumns }
        filterReadsLookups = transform.filterColumns.contains { $0 >= sourceColumns }
        let places = transform.sourceColumns(behind: Set(mapping.keyColumns))
        needsRowBefore = schema.identity == .full && !places.isSubset(of: schema.primaryKey)
        let needed = TransformShaping(transform: transform, sourceSchema: schema)
            .sourceColumns(behind: Set(mapping.neededColumns))
        neededColumns = needed.union(joins?.ownColumns ?? []).sorted()
    }

    /// - Parameter number: the trigger's own, beyond those of the mappings.
    init(trigger: JoinTrigger, number: Int) {
        self.number = number
        self.trigger = trigger
        mapping = trigger.plan.mapping
        transform = trigger.plan.transform
        messages = nil
        joins = nil
        neededColumns = []
        hasComputedKey = false
        needsRowBefore = false
        filterReadsLookups = false
    }

    /// Whether a message is for this mapping.
    func takes(_ message: Row) -> Bool { messages?.matches(message.bytes(LogicalMessage.prefixColumn)) ?? false }

    /// Appends the sink key of a row as the source gave it.
    func appendKey(of row: Row, to key: inout [UInt8]) throws(KeyError) {
        guard hasComputedKey else { return try mapping.appendKey(of: row, to: &key) }
        let extended: Row
        do {
            extended = try transform.extended(joins?.widened(row) ?? row)
        } catch {
            throw .malformed(column: "computed")
        }
        try mapping.appendKey(of: extended, to: &key)
    }

    /// Whether a cell that the mapping needs is unknown.
    func isIncomplete(_ row: Row) -> Bool {
        for column in neededColumns where row.state(column) == .unchanged { return true }
        return false
    }
}

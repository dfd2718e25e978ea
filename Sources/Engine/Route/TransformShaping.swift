internal import Change
internal import Connector
internal import Transforms

/// Shapes rows that a sink has read again as the stream's are shaped: by the same transform.
struct TransformShaping: RowShaping {
    let transform: CompiledTransform
    let sourceSchema: TableSchema

    func sourceColumns(behind columns: Set<Int>) -> Set<Int> {
        let needed = transform.sourceColumns(behind: columns.union(transform.filterColumns))
        return needed.filter { $0 < sourceSchema.columns.count }
    }

    func shape(_ row: Row) throws -> Row? {
        guard try !transform.hasFilter || transform.passes(row) else { return nil }
        return transform.isIdentity ? row : try transform.extended(row)
    }
}

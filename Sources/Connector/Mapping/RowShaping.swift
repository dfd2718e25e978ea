public import Change

/// Shapes rows that a sink has read again by key, as the rows of the stream are shaped on their way to it.
public protocol RowShaping: Sendable {
    /// The source's own columns: the shape of the rows that a look-up returns.
    var sourceSchema: TableSchema { get }

    /// The source's columns that a row needs so that these columns of its shape are known, and whether it passes.
    func sourceColumns(behind columns: Set<Int>) -> Set<Int>

    /// The row in the shape of ``MappingRequest/schema``, or nil where it does not pass the mapping's `where`.
    func shape(_ row: Row) throws -> Row?
}

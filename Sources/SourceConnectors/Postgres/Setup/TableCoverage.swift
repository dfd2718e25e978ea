/// Which tables logical replication covers.
enum TableCoverage {
    /// Why a table is not covered.
    static func reason(for table: TableFacts) -> String {
        switch table.kind {
        case .view: "it is a view; the stream carries only tables"
        case .materializedView: "it is a materialized view; the stream carries only tables"
        case .foreign: "it is a foreign table; read it where it lives"
        case .ordinary, .partitioned: "it is unlogged or temporary, so its changes are not in the server's log"
        case .other: "it is not a table"
        }
    }
}

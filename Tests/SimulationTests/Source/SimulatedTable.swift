import Change
import ConnectorTestKit

/// The two tables of the simulated database.
///
/// `items` is known by its primary key alone, so that its old rows and untouched large cells do not travel; `tags`
/// publishes whole old rows, and sinks know its rows by `name`, which is unique and changes.
enum SimulatedTable: Int, CaseIterable {
    case items
    case tags

    static let idColumn = 0
    static let nameColumn = 1
    /// Large, so that an update which does not touch it does not bring it.
    static let bigColumn = 2
    static let groupColumn = 3

    static func keyName(_ column: Int) -> String { column == idColumn ? "id" : "name" }

    var name: TableName { TableName(namespace: "public", name: self == .items ? "items" : "tags") }

    /// - Parameter extras: how many columns were added since the table was made.
    func schema(extras: Int) -> TableSchema {
        var columns: [(String, DataType)] = [("id", .text), ("name", .text), ("big", .text), ("grp", .text)]
        for number in 0..<extras { columns.append(("extra\(number)", .text)) }
        return TableSchema.forTest(
            self == .items ? "items" : "tags", id: UInt64(100 + rawValue), columns: columns, key: ["id"],
            identity: self == .items ? .primaryKey : .full)
    }
}

typealias SimulatedRow = [String?]

/// One change as a transaction made it.
struct LoggedChange {
    var kind: ChangeKind
    var table: SimulatedTable
    var schema: TableSchema
    var old: SimulatedRow?
    var new: SimulatedRow?
    /// The change's number within its transaction; numbers may be left out.
    var ordinal: UInt64 = 0

    var oldID: String? { old?[SimulatedTable.idColumn] }
    var newID: String? { new?[SimulatedTable.idColumn] }
}

/// A transaction of the simulated database.
final class LoggedTransaction {
    let id: UInt64
    var changes: [LoggedChange] = []
    /// The rows that each write touched, as they were before it; undone in reverse by a rollback.
    var undo: [(table: SimulatedTable, rows: [(id: String, row: SimulatedRow?)])] = []
    var locks: Set<String> = []
    /// The place of its commit in the log.
    var commit: UInt64?
    /// What a stream resumes from after it.
    var end: UInt64 = 0
    var committedAt: Int64 = 0
    /// Whether other sessions see it; the log has it before that.
    var isVisible = false

    init(id: UInt64) {
        self.id = id
    }

    /// Does to a table's rows what the transaction did.
    func apply(to rows: inout [String: SimulatedRow], of table: SimulatedTable) {
        for change in changes where change.table == table {
            if change.kind == .truncate { rows = [:] }
            if let id = change.oldID { rows[id] = nil }
            if let id = change.newID { rows[id] = change.new }
        }
    }
}

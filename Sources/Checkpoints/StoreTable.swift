internal import GRDB
internal import Wire

/// A table of the store, each row of which ends in a checksum over the table's name and every other cell.
///
/// SQLite finds damage to its own structure; a flipped bit within a cell it does not see. Every row is verified when it
/// is read, and nothing reads a row any other way.
struct StoreTable: Sendable {
    let name: String
    let keys: [String]
    private let selection: String
    private let insertion: String
    private let condition: String

    init(_ name: String, keys: [String], values: [String]) {
        self.name = name
        self.keys = keys
        let columns = keys + values
        selection = "SELECT \((columns + ["checksum"]).joined(separator: ", ")) FROM \(name)"
        let marks = Array(repeating: "?", count: columns.count + 1).joined(separator: ", ")
        insertion =
            "INSERT OR REPLACE INTO \(name) (\((columns + ["checksum"]).joined(separator: ", "))) VALUES (\(marks))"
        condition = keys.map { "\($0) = ?" }.joined(separator: " AND ")
    }

    /// The row with a key.
    func fetch(_ key: [DatabaseValue], from database: Database) throws -> StoreRow? {
        let row = try StoreRow.fetchOne(
            database, sql: "\(selection) WHERE \(condition)", arguments: StatementArguments(key))
        if let row { try verify(row) }
        return row
    }

    /// The rows that pass a condition, which is text of ours.
    func fetchAll(
        from database: Database, where condition: String = "TRUE", arguments: StatementArguments = StatementArguments()
    ) throws -> [StoreRow] {
        let rows = try StoreRow.fetchAll(database, sql: "\(selection) WHERE \(condition)", arguments: arguments)
        for row in rows { try verify(row) }
        return rows
    }

    /// The sum of the checksums of all rows, each verified.
    func sum(in database: Database) throws -> UInt64 {
        var sum: UInt64 = 0
        let rows = try StoreRow.fetchCursor(database, sql: selection)
        while let row = try rows.next() { sum &+= try verify(row) }
        return sum
    }

    /// Writes a row, its key's cells first, and returns its checksum.
    @discardableResult
    func put(_ cells: [DatabaseValue], to database: Database) throws -> UInt64 {
        let checksum = checksum(of: cells)
        try database.execute(
            sql: insertion, arguments: StatementArguments(cells + [Int64(bitPattern: checksum).databaseValue]))
        return checksum
    }

    /// Deletes the row with a key.
    func delete(_ key: [DatabaseValue], from database: Database) throws {
        try database.execute(sql: "DELETE FROM \(name) WHERE \(condition)", arguments: StatementArguments(key))
    }

    /// The checksum that a verified row bears.
    func checksum(of row: StoreRow) -> UInt64 {
        checksum(of: Array(row.databaseValues.dropLast()))
    }

    @discardableResult
    private func verify(_ row: StoreRow) throws -> UInt64 {
        let checksum = checksum(of: row)
        guard row.databaseValues.last == Int64(bitPattern: checksum).databaseValue else { throw StoreDamage.torn }
        return checksum
    }

    private func checksum(of cells: [DatabaseValue]) -> UInt64 {
        var hash = Hash64()
        let name = Array(name.utf8)
        hash.combine(name.span)
        for cell in cells {
            switch cell.storage {
            case .null: hash.combine(0)
            case .int64(let number):
                hash.combine(1)
                hash.combine(UInt64(bitPattern: number))
            case .double(let number):
                hash.combine(2)
                hash.combine(number.bitPattern)
            case .string(let text):
                let bytes = Array(text.utf8)
                hash.combine(3)
                hash.combine(bytes.span)
            case .blob(let data):
                let bytes = Array(data)
                hash.combine(4)
                hash.combine(bytes.span)
            }
        }
        return hash.value
    }
}

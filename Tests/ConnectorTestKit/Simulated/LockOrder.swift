import Change

/// Which transactions of a history are visible once another is: a transaction that changes a row, or empties a table, has
/// waited for those that changed it before. All others become visible in any order.
struct LockOrder {
    private struct Touched {
        var rows: Set<String> = []
        var tables: Set<UInt64> = []
        var emptied: Set<UInt64> = []

        func conflicts(with other: Touched) -> Bool {
            !rows.isDisjoint(with: other.rows) || !emptied.isDisjoint(with: other.tables)
                || !tables.isDisjoint(with: other.emptied)
        }
    }

    /// In commit order.
    private let numbers: [UInt64]
    private let touched: [Touched]

    init(_ history: [ChangeBatch]) {
        var numbers: [UInt64] = []
        var touched: [Touched] = []
        for batch in history {
            for transaction in batch.transactions {
                if numbers.last != transaction.id {
                    numbers.append(transaction.id)
                    touched.append(Touched())
                }
                for change in batch.changes[transaction.changes] {
                    let schema = batch.schemas[Int(change.schema)]
                    touched[touched.count - 1].tables.insert(schema.id)
                    if change.kind == .truncate { touched[touched.count - 1].emptied.insert(schema.id) }
                    for row in [batch.oldRow(change), change.hasNewRow ? batch.newRow(change) : nil].compactMap(\.self)
                    {
                        let key = schema.primaryKey.map { row.text($0) ?? "" }.joined(separator: "\u{0}")
                        touched[touched.count - 1].rows.insert("\(schema.id):\(key)")
                    }
                }
            }
        }
        self.numbers = numbers
        self.touched = touched
    }

    /// The transactions that are visible where these are.
    func closure(of visible: Set<UInt64>) -> Set<UInt64> {
        var found = visible
        for index in numbers.indices.reversed() where found.contains(numbers[index]) {
            for earlier in 0..<index where !found.contains(numbers[earlier]) {
                if touched[earlier].conflicts(with: touched[index]) { found.insert(numbers[earlier]) }
            }
        }
        return found
    }
}

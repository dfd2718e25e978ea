import Change
import PostgresClient

/// Batches as lines of text, for comparison.
enum Rendering {
    /// The whole of some batches; where they were cut does not show.
    static func lines(_ batches: [ChangeBatch]) -> [String] {
        var lines: [String] = []
        var open: UInt64?
        for batch in batches {
            for transaction in batch.transactions {
                if open != transaction.commit {
                    lines.append("begin \(transaction.commit) id \(transaction.id) at \(transaction.committedAt)")
                }
                lines += batch.changes[transaction.changes].map { line($0, in: batch) }
                open = transaction.isComplete ? nil : transaction.commit
                if let end = transaction.end { lines.append("end \(LSN(rawValue: end))") }
            }
        }
        return lines
    }

    private static func line(_ change: Change, in batch: ChangeBatch) -> String {
        let schema = batch.schemas[Int(change.schema)]
        var line = "\(change.ordinal) \(change.kind) \(schema.table)"
        if change.kind == .message { line += " " + row(batch.message(change)) }
        if let old = batch.oldRow(change) { line += " \(change.old) " + row(old) }
        if change.hasNewRow { line += " new " + row(batch.newRow(change)) }
        return line
    }

    static func row(_ row: Row) -> String {
        let cells = (0..<row.count).map { column -> String in
            switch row.state(column) {
            case .null: return "null"
            case .unchanged: return "unchanged"
            case .missing: return "missing"
            case .value:
                let text = row.text(column) ?? ""
                return text.utf8.count > 40 ? "<\(text.utf8.count)>" : "'\(text)'"
            }
        }
        return "(" + cells.joined(separator: ", ") + ")"
    }
}

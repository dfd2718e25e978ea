public import Change

/// Builds a stream of transactions as a source would deliver it.
public struct HistoryBuilder {
    private var batch = ChangeBatch()
    private var batches: [ChangeBatch] = []
    private var commit: UInt64
    private var ordinal: UInt64 = 0
    private var firstChange = 0
    private var transactionID: UInt64 = 700

    public init(commit: UInt64 = 1_000) {
        self.commit = commit
    }

    /// What was built so far; an open transaction's changes are in its last batch.
    public mutating func take() -> [ChangeBatch] {
        cut()
        defer { batches = [] }
        return batches
    }

    /// Ends the current batch, in the middle of a transaction if one is open.
    public mutating func cut() {
        if firstChange < batch.changes.count { noteTransaction(end: nil) }
        if !batch.transactions.isEmpty { batches.append(batch) }
        batch = ChangeBatch()
        firstChange = 0
    }

    public mutating func insert(_ schema: TableSchema, _ cells: [String?]) {
        append(.insert, schema, new: cells.map(CellText.init))
    }

    /// - Parameter old: the row before, where the source gives it; `isKeyOnly` for the identity's columns alone.
    public mutating func update(
        _ schema: TableSchema, _ cells: [CellText], old: [CellText]? = nil, isKeyOnly: Bool = true
    ) {
        append(.update, schema, new: cells, old: old, kind: isKeyOnly ? .key : .full)
    }

    public mutating func delete(_ schema: TableSchema, old: [CellText]) {
        append(.delete, schema, old: old, kind: .key)
    }

    public mutating func truncate(_ schema: TableSchema) { append(.truncate, schema) }

    public mutating func message(_ prefix: String, _ content: String) {
        let hexadecimal = content.utf8.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        append(.message, LogicalMessage.schema, new: [.text(prefix), .text("\\x" + hexadecimal.joined())])
    }

    /// Ends the transaction.
    ///
    /// - Parameter id: the transaction's own number, where it is not the next.
    public mutating func end(id: UInt64? = nil) {
        noteTransaction(end: (commit + 3) * 8, id: id)
        commit += 16
        ordinal = 0
        transactionID += 1
    }

    private mutating func noteTransaction(end: UInt64?, id: UInt64? = nil) {
        batch.transactions.append(
            Transaction(
                commit: commit, end: end, id: id ?? transactionID, committedAt: 1,
                changes: firstChange..<batch.changes.count))
        firstChange = batch.changes.count
    }

    private mutating func append(
        _ kind: ChangeKind, _ schema: TableSchema, new: [CellText]? = nil, old: [CellText]? = nil,
        kind oldKind: OldRow = .absent
    ) {
        let index = batch.schemas.firstIndex { $0 === schema } ?? batch.schemas.count
        if index == batch.schemas.count { batch.schemas.append(schema) }
        var change = Change(kind: kind, old: old == nil ? .absent : oldKind, schema: UInt32(index), ordinal: ordinal)
        ordinal += 1
        if let new { change.newSlot = append(new) }
        if let old { change.oldSlot = append(old) }
        batch.changes.append(change)
    }

    private mutating func append(_ cells: [CellText]) -> UInt32 {
        let first = UInt32(batch.slots.count)
        for cell in cells {
            switch cell {
            case .null: batch.slots.append(.null)
            case .unchanged: batch.slots.append(.unchanged)
            case .missing: batch.slots.append(.missing)
            case .text(let text):
                batch.slots.append(CellSlot(offset: batch.bytes.count, length: text.utf8.count))
                batch.bytes.append(contentsOf: text.utf8)
            }
        }
        return first
    }
}

/// A cell for building rows in tests.
public enum CellText: Sendable, Hashable, ExpressibleByStringLiteral {
    case text(String)
    case null
    case unchanged
    case missing

    public init(_ text: String?) {
        self = text.map(Self.text) ?? .null
    }

    public init(stringLiteral text: String) { self = .text(text) }
}

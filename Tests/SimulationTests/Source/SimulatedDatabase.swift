import Change

@testable import SourceConnectors

/// A database whose commits reach the log before other sessions see them, and become visible in any order.
///
/// Positions are counted in units of eight bytes, as commit positions are.
final class SimulatedDatabase: @unchecked Sendable {
    private(set) var log: [LoggedTransaction] = []
    private(set) var open: [LoggedTransaction] = []
    /// The rows as the last writer left them, committed or not: whoever wrote one has it locked until it is visible.
    private var latest: [[String: SimulatedRow]]
    private var extras = [0, 0]
    private var schemas: [TableSchema]
    private var locks: [String: UInt64] = [:]
    private var nextID: UInt64 = 700
    /// The log's insert position.
    private(set) var position: UInt64 = 1_000
    private var nextValue = 0
    private let chance: Chance
    private let keyCount: Int
    /// Names of rows that sinks refuse, if there are to be any.
    private let hasPoison: Bool
    /// What happens at a commit and when one becomes visible.
    var onChange: () -> Void = {}

    init(chance: Chance, keyCount: Int, hasPoison: Bool) {
        self.chance = chance
        self.keyCount = keyCount
        self.hasPoison = hasPoison
        latest = SimulatedTable.allCases.map { _ in [:] }
        schemas = SimulatedTable.allCases.map { $0.schema(extras: 0) }
    }

    static let poison = "poison"

    func schema(of table: SimulatedTable) -> TableSchema { schemas[table.rawValue] }

    /// Changes when a table is written anew.
    func storage(of table: SimulatedTable) -> Int {
        log.filter { $0.isVisible && $0.changes.contains { $0.kind == .truncate && $0.table == table } }.count
    }

    func drawID() -> UInt64 {
        defer { nextID += 1 }
        position += 1
        return nextID
    }

    /// What a transaction that begins now would see.
    var snapshot: TransactionSnapshot {
        let running = Set(open.map(\.id) + log.filter { !$0.isVisible }.map(\.id))
        return TransactionSnapshot(oldestRunning: running.min() ?? nextID, next: nextID, running: running)
    }

    func isVisible(_ id: UInt64) -> Bool { snapshot.sees(id) }

    /// The rows of a table by primary key that a snapshot sees; nil for all that was committed.
    func rows(of table: SimulatedTable, seenBy snapshot: TransactionSnapshot?) -> [String: SimulatedRow] {
        var rows: [String: SimulatedRow] = [:]
        for transaction in log where snapshot?.sees(transaction.id) ?? true { transaction.apply(to: &rows, of: table) }
        let width = schemas[table.rawValue].columns.count
        return rows.mapValues { $0 + Array(repeating: nil, count: width - $0.count) }
    }

    /// The rows of a table by primary key as a commit left them.
    func rows(of table: SimulatedTable, through commit: UInt64) -> [String: SimulatedRow] {
        var rows: [String: SimulatedRow] = [:]
        for transaction in log where transaction.commit ?? .max <= commit { transaction.apply(to: &rows, of: table) }
        return rows
    }

    // MARK: Writers

    /// One random step of the writers.
    func step() {
        switch chance.below(20) {
        case 0..<3 where open.count < 3: open.append(LoggedTransaction(id: drawID()))
        case 3..<12:
            if open.isEmpty { open.append(LoggedTransaction(id: drawID())) }
            let transaction = chance.pick(open)
            for _ in 0..<(chance.oneIn(12) ? chance.between(10, 40) : 1) { write(in: transaction) }
        case 12..<16: if !open.isEmpty { commit(chance.pick(open)) }
        case 16: if !open.isEmpty { rollBack(chance.pick(open)) }
        default: if let hidden = log.filter({ !$0.isVisible }).randomOne(chance) { show(hidden) }
        }
    }

    /// Commits everything and makes it visible, so that nothing changes any more.
    func settle() {
        for transaction in open { commit(transaction) }
        for transaction in log where !transaction.isVisible { show(transaction) }
        onChange()
    }

    /// A crash of the server: what had not committed is gone, and what had is seen.
    func restart() {
        for transaction in open { rollBack(transaction) }
        for transaction in log where !transaction.isVisible { show(transaction) }
    }

    /// Another server goes on, which never got the last transactions. Their positions are given out again.
    func failOver(losing count: Int) {
        restart()
        log.removeLast(min(count, log.count))
        position = max(1_000, (log.last?.end ?? 0) / 8)
        latest = SimulatedTable.allCases.map { rows(of: $0, seenBy: nil) }
        locks = [:]
        onChange()
    }

    private func commit(_ transaction: LoggedTransaction) {
        open.removeAll { $0 === transaction }
        position += UInt64(chance.between(1, 4))
        transaction.commit = position
        position += UInt64(chance.between(1, 3))
        transaction.end = position * 8
        number(transaction)
        if transaction.changes.isEmpty {
            // Nothing of it is published, so that the stream passes it over.
            free(transaction)
        } else {
            log.append(transaction)
            if chance.oneIn(2) { show(transaction) }
        }
        onChange()
    }

    /// Gives every change its ordinal; sometimes far apart, so that a few changes fall into several windows.
    private func number(_ transaction: LoggedTransaction) {
        let isLong = chance.oneIn(6)
        var ordinal: UInt64 = isLong ? Window.length - UInt64(chance.below(4)) : 0
        for index in transaction.changes.indices {
            transaction.changes[index].ordinal = ordinal
            ordinal += 1
            if isLong, chance.oneIn(4) { ordinal += Window.length - UInt64(chance.below(3)) }
        }
    }

    private func show(_ transaction: LoggedTransaction) {
        transaction.isVisible = true
        free(transaction)
        onChange()
    }

    private func free(_ transaction: LoggedTransaction) {
        for name in transaction.locks { locks[name] = nil }
        transaction.locks = []
        transaction.undo = []
    }

    private func rollBack(_ transaction: LoggedTransaction) {
        open.removeAll { $0 === transaction }
        for step in transaction.undo.reversed() {
            for (id, row) in step.rows { latest[step.table.rawValue][id] = row }
        }
        free(transaction)
    }

    // MARK: Writes

    private func write(in transaction: LoggedTransaction) {
        let table = chance.pick(SimulatedTable.allCases)
        switch chance.below(40) {
        case 0: truncate(table, in: transaction)
        case 1: addColumn(to: table)
        case 2: append(LoggedChange(kind: .message, table: table, schema: LogicalMessage.schema), to: transaction)
        case 3..<7: swap(table, in: transaction)
        case 7..<12: move(table, in: transaction)
        case 12..<18: delete(table, in: transaction)
        default: put(table, in: transaction)
        }
    }

    private func put(_ table: SimulatedTable, in transaction: LoggedTransaction) {
        let id = "k\(chance.below(keyCount))"
        guard lock([table.lock(id)], transaction) else { return }
        guard let row = latest[table.rawValue][id] else {
            guard let name = freeName(in: table, transaction) else { return }
            return change(table, from: nil, to: pad([id, name, text(largeOneIn: 4), group()], table), in: transaction)
        }
        var new = row
        if chance.oneIn(2), let name = freeName(in: table, transaction) { new[SimulatedTable.nameColumn] = name }
        if chance.oneIn(3) { new[SimulatedTable.bigColumn] = text(largeOneIn: 4) }
        if chance.oneIn(3) { new[SimulatedTable.groupColumn] = group() }
        for column in 4..<max(4, new.count) where chance.oneIn(2) { new[column] = text(largeOneIn: 9) }
        change(table, from: row, to: new, in: transaction)
    }

    private func delete(_ table: SimulatedTable, in transaction: LoggedTransaction) {
        let id = "k\(chance.below(keyCount))"
        guard let row = latest[table.rawValue][id], lock([table.lock(id)], transaction) else { return }
        change(table, from: row, to: nil, in: transaction)
    }

    /// Gives a row another primary key.
    private func move(_ table: SimulatedTable, in transaction: LoggedTransaction) {
        let (id, other) = ("k\(chance.below(keyCount))", "k\(chance.below(keyCount))")
        guard let row = latest[table.rawValue][id], latest[table.rawValue][other] == nil,
            lock([table.lock(id), table.lock(other)], transaction)
        else { return }
        var new = row
        new[SimulatedTable.idColumn] = other
        change(table, from: row, to: new, in: transaction)
    }

    /// Exchanges the primary keys of two rows, or their names, by way of a third value.
    private func swap(_ table: SimulatedTable, in transaction: LoggedTransaction) {
        let (id, other) = ("k\(chance.below(keyCount))", "k\(chance.below(keyCount))")
        guard id != other, let left = latest[table.rawValue][id], let right = latest[table.rawValue][other],
            lock([table.lock(id), table.lock(other)], transaction)
        else { return }
        let column = chance.oneIn(2) ? SimulatedTable.idColumn : SimulatedTable.nameColumn
        var (passing, first, second) = (left, left, right)
        passing[column] = "between\(transaction.id)"
        first[column] = right[column]
        second[column] = left[column]
        change(table, from: left, to: passing, in: transaction)
        change(table, from: right, to: second, in: transaction)
        change(table, from: passing, to: first, in: transaction)
    }

    private func truncate(_ table: SimulatedTable, in transaction: LoggedTransaction) {
        // It locks the table as a whole.
        let isFree = locks.allSatisfy { name, owner in !name.hasPrefix(table.prefix) || owner == transaction.id }
        guard isFree, lock((0..<keyCount).map { table.lock("k\($0)") }, transaction) else { return }
        transaction.undo.append((table, latest[table.rawValue].map { ($0.key, $0.value) }))
        latest[table.rawValue] = [:]
        append(LoggedChange(kind: .truncate, table: table, schema: schemas[table.rawValue]), to: transaction)
    }

    private func addColumn(to table: SimulatedTable) {
        guard extras[table.rawValue] < 2, locks.keys.allSatisfy({ !$0.hasPrefix(table.prefix) }) else { return }
        extras[table.rawValue] += 1
        schemas[table.rawValue] = table.schema(extras: extras[table.rawValue])
        for id in latest[table.rawValue].keys { latest[table.rawValue][id]?.append(nil) }
    }

    private func change(
        _ table: SimulatedTable, from old: SimulatedRow?, to new: SimulatedRow?, in transaction: LoggedTransaction
    ) {
        let ids = [old, new].compactMap { $0?[SimulatedTable.idColumn] ?? nil }
        transaction.undo.append((table, ids.map { ($0, latest[table.rawValue][$0]) }))
        // A name that is given up is free for others once everybody sees that it was.
        if table == .tags, let name = old?[SimulatedTable.nameColumn] ?? nil {
            _ = lock([table.lock(name)], transaction)
        }
        if let id = old?[SimulatedTable.idColumn] ?? nil { latest[table.rawValue][id] = nil }
        if let id = new?[SimulatedTable.idColumn] ?? nil { latest[table.rawValue][id] = new }
        let kind: ChangeKind = old == nil ? .insert : new == nil ? .delete : .update
        append(
            LoggedChange(kind: kind, table: table, schema: schemas[table.rawValue], old: old, new: new),
            to: transaction)
    }

    private func append(_ change: LoggedChange, to transaction: LoggedTransaction) {
        position += UInt64(chance.between(1, 3))
        transaction.changes.append(change)
    }

    private func lock(_ names: [String], _ transaction: LoggedTransaction) -> Bool {
        guard names.allSatisfy({ locks[$0] == nil || locks[$0] == transaction.id }) else { return false }
        for name in names { locks[name] = transaction.id }
        transaction.locks.formUnion(names)
        return true
    }

    /// A name that no row has, and that no other transaction is giving up or taking.
    private func freeName(in table: SimulatedTable, _ transaction: LoggedTransaction) -> String? {
        guard table == .tags else {
            return hasPoison && chance.oneIn(10) ? Self.poison : "n\(chance.below(100))"
        }
        let name = "n\(chance.below(keyCount * 2))"
        let isTaken = latest[table.rawValue].values.contains { $0[SimulatedTable.nameColumn] == name }
        return !isTaken && lock([table.lock(name)], transaction) ? name : nil
    }

    private func pad(_ row: SimulatedRow, _ table: SimulatedTable) -> SimulatedRow {
        row + Array(repeating: nil, count: schemas[table.rawValue].columns.count - row.count)
    }

    private func group() -> String { chance.oneIn(3) ? "b" : "a" }

    private func text(largeOneIn: Int) -> String? {
        if chance.oneIn(5) { return nil }
        nextValue += 1
        return "v\(nextValue)" + (chance.oneIn(largeOneIn) ? String(repeating: ".", count: chance.below(400)) : "")
    }
}

extension SimulatedTable {
    fileprivate var prefix: String { "\(rawValue):" }
    fileprivate func lock(_ name: String) -> String { prefix + name }
}

extension Array {
    fileprivate func randomOne(_ chance: Chance) -> Element? { isEmpty ? nil : chance.pick(self) }
}

import Randomness
import Change

@testable import SourceConnectors

/// A table of one key and one value in a database whose commits reach the log before they are visible, as PostgreSQL's
/// do, and become visible in any order.
struct SimulatedDatabase {
    enum Write {
        case put(Int, Int)
        case delete(Int)
        case move(Int, to: Int, Int)
        case truncate

        var keys: [Int] {
            switch self {
            case .put(let key, _), .delete(let key): [key]
            case .move(let key, let other, _): [key, other]
            case .truncate: Array(0..<SimulatedDatabase.keyCount)
            }
        }
    }

    struct Transaction {
        var id: UInt64
        var writes: [Write] = []
        var commit: UInt64?
        var isVisible = false
    }

    static let keyCount = 9
    static let schema = TableSchema(
        id: 7, table: TableName(namespace: "public", name: "t"),
        columns: [
            Column(name: "k", type: .int32, sourceType: "integer", isIdentity: true),
            Column(name: "v", type: .int32, sourceType: "integer", isIdentity: false),
        ], identity: .primaryKey, primaryKey: [0])

    private(set) var transactions: [Transaction] = []
    private(set) var nextID: UInt64 = 100
    private(set) var insertPosition: UInt64 = 1_000
    /// Transactions in the log's order, by place in `transactions`.
    private(set) var log: [Int] = []

    mutating func drawID() -> UInt64 {
        defer { nextID += 1 }
        return nextID
    }

    /// What a transaction that begins now would see, and the numbers it would not.
    var snapshot: TransactionSnapshot {
        let running = Set(transactions.filter { !$0.isVisible }.map(\.id))
        return TransactionSnapshot(oldestRunning: running.min() ?? nextID, next: nextID, running: running)
    }

    func rows(seenBy snapshot: TransactionSnapshot) -> [Int: Int] {
        var rows: [Int: Int] = [:]
        for place in log where snapshot.sees(transactions[place].id) {
            for write in transactions[place].writes {
                switch write {
                case .put(let key, let value): rows[key] = value
                case .delete(let key): rows[key] = nil
                case .move(let key, let other, let value):
                    rows[key] = nil
                    rows[other] = value
                case .truncate: rows = [:]
                }
            }
        }
        return rows
    }

    /// One random step of the writers. A key that a transaction has written is locked until that one is visible.
    mutating func step(using generator: inout SeededNumbers) {
        let open = transactions.indices.filter { transactions[$0].commit == nil }
        let invisible = transactions.indices.filter { transactions[$0].commit != nil && !transactions[$0].isVisible }
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<2 where open.count < 4:
            transactions.append(Transaction(id: drawID()))
        case 2..<6:
            if let place = open.randomElement(using: &generator) { write(place, using: &generator) }
        case 6..<8:
            if let place = open.randomElement(using: &generator) { commit(place) }
        default:
            if let place = invisible.randomElement(using: &generator) { transactions[place].isVisible = true }
        }
    }

    /// Commits everything and makes it visible.
    mutating func settle() {
        for place in transactions.indices {
            if transactions[place].commit == nil { commit(place) }
            transactions[place].isVisible = true
        }
    }

    private mutating func commit(_ place: Int) {
        transactions[place].commit = insertPosition
        log.append(place)
        insertPosition += 1
    }

    private mutating func write(_ place: Int, using generator: inout SeededNumbers) {
        let locked = Set(
            transactions.indices.filter { $0 != place && !transactions[$0].isVisible }
                .flatMap { transactions[$0].writes.flatMap(\.keys) })
        var rows = rows(seenBy: snapshot)
        for write in transactions[place].writes {
            switch write {
            case .put(let key, let value): rows[key] = value
            case .delete(let key): rows[key] = nil
            case .move(let key, let other, let value): (rows[key], rows[other]) = (nil, value)
            case .truncate: rows = [:]
            }
        }
        let key = Int.random(in: 0..<Self.keyCount, using: &generator)
        let other = Int.random(in: 0..<Self.keyCount, using: &generator)
        let value = Int.random(in: 0..<1_000_000, using: &generator)
        let write: Write =
            switch Int.random(in: 0..<20, using: &generator) {
            case 0 where locked.isEmpty: .truncate
            case 1..<5 where rows[key] != nil: .delete(key)
            case 5..<9 where rows[key] != nil && rows[other] == nil: .move(key, to: other, value)
            default: .put(key, value)
            }
        guard locked.isDisjoint(with: write.keys) else { return }
        transactions[place].writes.append(write)
    }
}

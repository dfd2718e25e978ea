import Randomness
import Change
import ConnectorTestKit

/// Random transactions over a small table, with the rows that they must lead to.
struct RandomHistory {
    static let items = TableSchema(
        id: 16_384, table: TableName(namespace: "public", name: "items"),
        columns: [
            Column(name: "id", type: .int64, sourceType: "bigint", isIdentity: true),
            Column(name: "name", type: .text, sourceType: "text", isIdentity: false),
            Column(name: "big", type: .text, sourceType: "text", isIdentity: false),
        ], identity: .primaryKey, primaryKey: [0])

    private(set) var batches: [ChangeBatch] = []
    /// The rows by `id` after the last transaction.
    private(set) var rows: [String: [String?]] = [:]
    private(set) var changes = 0

    /// - Parameter size: how many changes a transaction has.
    init(seed: UInt64, transactions: Int = 60, keys: Int = 8, size: ClosedRange<Int> = 0...6) {
        var random = SeededNumbers(seed: seed)
        var builder = HistoryBuilder()
        for _ in 0..<transactions {
            for _ in 0..<Int.random(in: size, using: &random) {
                step(&builder, &random, keys: keys)
                if Int.random(in: 0..<10, using: &random) == 0 { builder.cut() }
            }
            builder.end()
            if Bool.random(using: &random) { builder.cut() }
        }
        batches = builder.take()
    }

    private mutating func step(_ builder: inout HistoryBuilder, _ random: inout SeededNumbers, keys: Int) {
        let key = String(Int.random(in: 0..<keys, using: &random))
        let name = "n\(Int.random(in: 0..<100, using: &random))"
        let big = Int.random(in: 0..<5, using: &random) == 0 ? nil : "b\(Int.random(in: 0..<100, using: &random))"
        changes += 1
        guard let row = rows[key] else {
            rows[key] = [key, name, big]
            return builder.insert(Self.items, [key, name, big])
        }
        let other = String(Int.random(in: 0..<keys, using: &random))
        switch Int.random(in: 0..<20, using: &random) {
        case 0:
            rows = [:]
            builder.truncate(Self.items)
        case 1...4:
            rows[key] = nil
            builder.delete(Self.items, old: [.text(key), .unchanged, .unchanged])
        case 5...7 where rows[other] == nil:
            rows[key] = nil
            rows[other] = [other, name, row[2]]
            builder.update(
                Self.items, [.text(other), .text(name), .unchanged], old: [.text(key), .unchanged, .unchanged])
        case 8...12:
            rows[key] = [key, name, row[2]]
            builder.update(Self.items, [.text(key), .text(name), .unchanged])
        default:
            rows[key] = [key, name, big]
            builder.update(Self.items, [.text(key), .text(name), CellText(big)])
        }
    }
}

import Randomness
import Change
import ConnectorTestKit

/// Random transactions over sales and their lines, in which a line may come before its sale and outlive it.
struct SaleHistory {
    static let sales = TableSchema.forTest(
        "sales", id: 1, columns: [("id", .int32), ("buyer", .text), ("note", .text)], key: ["id"])
    /// `sale` is wider than the key that it names.
    static let lines = TableSchema.forTest(
        "lines", id: 2, columns: [("id", .int32), ("sale", .int64), ("quantity", .int32)], key: ["id"], identity: .full)

    private(set) var batches: [ChangeBatch] = []
    private(set) var sales: [String: [String?]] = [:]
    private(set) var lines: [String: [String?]] = [:]
    private var builder = HistoryBuilder()
    private var random: SeededNumbers

    init(seed: UInt64, transactions: Int = 80, size: ClosedRange<Int> = 1...6) {
        random = SeededNumbers(seed: seed)
        for _ in 0..<transactions {
            for _ in 0..<Int.random(in: size, using: &random) {
                if Bool.random(using: &random) { changeSale() } else { changeLine() }
                if chance(10) { builder.cut() }
            }
            builder.end()
            if chance(2) { builder.cut() }
        }
        batches = builder.take()
    }

    /// What the sink has to hold: lines with their buyers, and sales with the number of their lines.
    var joined: [String: [String?]] {
        var rows: [String: [String?]] = [:]
        for (id, line) in lines {
            rows["line:\(id)"] = line + [line[1].flatMap { sales[$0]?[1] }]
        }
        for (id, sale) in sales {
            rows["sale:\(id)"] = sale + [String(lines.values.count { $0[1] == id })]
        }
        return rows
    }

    private mutating func changeSale() {
        let id = number(6)
        guard let row = sales[id] else {
            sales[id] = [id, text("b"), text("n")]
            return builder.insert(Self.sales, sales[id] ?? [])
        }
        switch Int.random(in: 0..<12, using: &random) {
        case 0:
            sales = [:]
            builder.truncate(Self.sales)
        case 1...3:
            sales[id] = nil
            builder.delete(Self.sales, old: [.text(id), .unchanged, .unchanged])
        case 4...5:
            let other = number(6)
            guard sales[other] == nil else { return }
            sales[id] = nil
            sales[other] = [other, row[1], row[2]]
            builder.update(
                Self.sales, [.text(other), CellText(row[1]), .unchanged], old: [.text(id), .unchanged, .unchanged])
        case 6...7:
            sales[id] = [id, row[1], text("n")]
            builder.update(Self.sales, [.text(id), .unchanged, CellText(sales[id]?[2])])
        default:
            sales[id] = [id, text("b"), row[2]]
            builder.update(Self.sales, [.text(id), CellText(sales[id]?[1]), .unchanged])
        }
    }

    private mutating func changeLine() {
        let id = number(20)
        guard let row = lines[id] else {
            lines[id] = [id, saleOfLine(), number(9)]
            return builder.insert(Self.lines, lines[id] ?? [])
        }
        let old = row.map(CellText.init)
        switch Int.random(in: 0..<12, using: &random) {
        case 0 where chance(2):
            lines = [:]
            builder.truncate(Self.lines)
        case 0...4:
            lines[id] = nil
            builder.delete(Self.lines, old: old)
        case 5...7:
            lines[id] = [id, row[1], number(9)]
            builder.update(Self.lines, (lines[id] ?? []).map(CellText.init), old: old, isKeyOnly: false)
        default:
            lines[id] = [id, saleOfLine(), row[2]]
            builder.update(Self.lines, (lines[id] ?? []).map(CellText.init), old: old, isKeyOnly: false)
        }
    }

    /// Now and then none, or one that no sale can have.
    private mutating func saleOfLine() -> String? {
        chance(8) ? nil : chance(12) ? "5000000000" : number(6)
    }

    private mutating func number(_ count: Int) -> String { String(Int.random(in: 0..<count, using: &random)) }
    private mutating func text(_ prefix: String) -> String? { chance(6) ? nil : prefix + number(100) }
    private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }
}

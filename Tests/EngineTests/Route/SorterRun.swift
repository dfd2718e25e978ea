import Change
import Connector
import ConnectorTestKit
import Pipelines

@testable import Engine

/// Everything that a sorter made of a history, with its spill performed at once.
struct SorterRun {
    /// One write, as far as a sink can tell it from another.
    struct Write: Hashable {
        var key: String
        var version: Version
        var position: Position
        var action: SinkWrite.Action
        var kind: ChangeKind
        var cells: [CellText]
        var isFolded: Bool
        var changes: Int
    }

    enum Step: Hashable {
        case write(Write)
        case truncate(Version)
    }

    private(set) var steps: [Step] = []
    private(set) var counts = LedgerCounts()
    /// The first position after each transaction that was closed, and how many writes each ticket got.
    private(set) var closed: [UInt64] = []
    private(set) var outstanding: [Ticket: Int] = [:]
    private(set) var spills = 0
    private(set) var reads = 0
    private(set) var deepestLevel = -1
    /// The most bytes that the sorter kept alive between two of its actions.
    private(set) var bytesPeak = 0

    var writes: [Write] {
        steps.compactMap { if case .write(let write) = $0 { write } else { nil } }
    }

    /// - Parameter spill: where too large windows go; nil to keep them in memory.
    init(
        _ batches: [ChangeBatch], tables: [TableSchema] = [RandomHistory.items], bytesMax: Int = 1 << 30,
        spill: SpillStore? = nil
    ) throws {
        var sorter = try Self.sorter(tables: tables, bytesMax: bytesMax, maySpill: spill != nil)
        for batch in batches {
            sorter.start(batch)
            while let action = try sorter.next() {
                switch action {
                case .prepare: break
                case .write(let sorted): note(sorted)
                case .truncate(_, _, let origin):
                    let (floor, ticket) = (origin.version, origin.ticket)
                    steps.append(.truncate(floor))
                    outstanding[ticket, default: 0] -= 1
                case .spill(let order):
                    note(order)
                    if let part = try spill?.performNow(order) { try sorter.accept(part) }
                }
                bytesPeak = max(bytesPeak, sorter.byteCount)
            }
            bytesPeak = max(bytesPeak, sorter.byteCount)
        }
    }

    static func sorter(tables: [TableSchema], bytesMax: Int, maySpill: Bool) throws -> SinkSorter {
        SinkSorter(
            router: try router(tables), epoch: 1, appliedThrough: 0, floors: [:],
            window: WindowLimits(bytesMax: bytesMax, maySpill: maySpill))
    }

    static func router(_ tables: [TableSchema]) throws -> Router {
        let location = EngineFixture.location
        let writes = tables.map { table in
            WriteDocument(
                name: table.table.name, from: Located(table.table, at: location), transform: TransformSpec(),
                options: OptionValues(at: location), fingerprint: 1)
        }
        return try Router(writes: writes, tables: tables, sink: SimulatedSink())
    }

    private mutating func note(_ sorted: SortedWrites) {
        for entry in sorted.tickets {
            outstanding[entry.ticket, default: 0] += entry.added
            if let end = entry.closesAt { closed.append(end) }
        }
        for count in sorted.counts { counts.add(count) }
        for pending in sorted.writes {
            outstanding[pending.ticket, default: 0] -= 1
            counts.applied += UInt64(pending.changes)
            steps.append(.write(Write(pending)))
        }
        for parked in sorted.parked {
            outstanding[parked.origin.ticket, default: 0] -= 1
            counts.parked += 1
        }
    }

    private mutating func note(_ order: SpillOrder) {
        switch order {
        case .write(let batch):
            spills += 1
            deepestLevel = max(deepestLevel, batch.level)
        case .read: reads += 1
        case .discard: break
        }
    }
}

extension SorterRun.Write {
    init(_ pending: PendingWrite) {
        var key: [UInt8] = []
        try? pending.write.mapping.appendKey(of: pending.write.row, to: &key)
        self.init(
            key: String(decoding: key, as: UTF8.self), version: pending.write.version,
            position: pending.write.position, action: pending.write.action, kind: pending.write.kind,
            cells: pending.write.row.cellTexts, isFolded: pending.isFolded, changes: pending.changes)
    }
}

extension Row {
    var cellTexts: [CellText] {
        (0..<count).map { column in
            switch state(column) {
            case .value: .text(text(column) ?? "")
            case .null: .null
            case .unchanged: .unchanged
            case .missing: .missing
            }
        }
    }
}

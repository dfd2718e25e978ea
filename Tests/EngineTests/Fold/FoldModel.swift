import Change
import Connector
import ConnectorTestKit

@testable import Engine

/// What the windows of a history have to come to, in the plainest way: one dictionary for each window.
struct FoldModel {
    struct State: Hashable {
        var action: SinkWrite.Action
        var kind: ChangeKind
        var cells: [CellText]
        var ordinal: UInt64
        var isCounted: Bool
        var isFolded = false
    }

    struct Key: Hashable {
        var key: String
        var version: Version
    }

    private(set) var writes: [Key: State] = [:]
    private(set) var folded: UInt64 = 0
    private var window: [String: State] = [:]

    /// - Parameter batches: the history of ``RandomHistory/items``, whose sink key is its first column.
    init(_ batches: [ChangeBatch]) {
        for batch in batches {
            for transaction in batch.transactions {
                for index in transaction.changes {
                    let change = batch.changes[index]
                    let number = Window.containing(ordinal: change.ordinal)
                    if number != windowNumber { close(transaction.commit) }
                    windowNumber = number
                    take(batch.hasRow(change), batch.oldRow(change), change)
                }
                if transaction.isComplete {
                    close(transaction.commit)
                    windowNumber = 0
                }
            }
        }
    }

    private var windowNumber: UInt8 = 0

    private mutating func close(_ commit: UInt64) {
        let version = Version(epoch: 1, commit: commit, window: windowNumber)
        for (key, state) in window { writes[Key(key: key, version: version)] = state }
        window = [:]
    }

    private mutating func take(_ row: Row?, _ old: Row?, _ change: Change) {
        let ordinal = change.ordinal
        if change.kind == .truncate {
            folded += UInt64(window.values.count { $0.isCounted })
            window = [:]
            return
        }
        let oldKey = old?.text(0)
        guard let row, let key = row.text(0) else {
            return put(
                oldKey ?? "",
                State(
                    action: .delete, kind: change.kind, cells: old?.cellTexts ?? [], ordinal: ordinal, isCounted: true))
        }
        var cells = row.cellTexts
        var isMoved = false
        if let old, let oldKey, oldKey != key {
            isMoved = true
            fill(&cells, from: window[oldKey])
            put(
                oldKey,
                State(action: .delete, kind: change.kind, cells: old.cellTexts, ordinal: ordinal, isCounted: false))
        }
        if !isMoved { fill(&cells, from: window[key]) }
        put(key, State(action: .upsert, kind: change.kind, cells: cells, ordinal: ordinal, isCounted: true))
    }

    private func fill(_ cells: inout [CellText], from known: State?) {
        guard let known, known.action == .upsert else { return }
        for column in cells.indices where cells[column] == .unchanged { cells[column] = known.cells[column] }
    }

    private mutating func put(_ key: String, _ state: State) {
        var state = state
        if let earlier = window[key] {
            if earlier.isCounted { folded += 1 }
            state.isFolded = true
        }
        window[key] = state
    }
}

extension ChangeBatch {
    fileprivate func hasRow(_ change: Change) -> Row? { change.hasNewRow ? newRow(change) : nil }
}

import Change
import Connector
import Synchronization
import Threads

/// One change as a test sees it.
struct Seen: Equatable, Sendable {
    var kind: ChangeKind
    var table: String
    var new: [String]
    var old: [String]
    var commit: UInt64
    var ordinal: UInt64
    var transaction: UInt64
}

/// Takes what a source hands over, and wakes whoever waits for it.
final class Recorder: Sendable {
    struct Record: Sendable {
        var seen: [Seen] = []
        /// Whole transactions, empty ones included.
        var transactions: [Transaction] = []
        var chunksFinished: Set<Int> = []
        var superseded = 0
        var schemas: [TableSchema] = []

        /// Changes of the stream.
        var streamed: [Seen] { seen.filter { $0.kind != .read } }
        /// Rows of snapshots.
        var read: [Seen] { seen.filter { $0.kind == .read } }

        /// What a sink without any guard holds after everything, by the first `keyColumns` cells.
        func table(_ name: String, keyColumns: Int = 1) -> [[String]: [String]] {
            var rows: [[String]: [String]] = [:]
            for change in seen where change.table == name {
                if !change.old.isEmpty { rows[Array(change.old.prefix(keyColumns))] = nil }
                if !change.new.isEmpty { rows[Array(change.new.prefix(keyColumns))] = change.new }
                if change.kind == .truncate { rows = [:] }
            }
            return rows
        }

        /// What a sink with a version guard holds, starting from nothing.
        func guarded(_ name: String, keyColumns: Int = 1) -> [[String]: [String]] {
            var rows: [[String]: (version: UInt64, cells: [String]?)] = [:]
            var floor: UInt64 = 0
            func write(_ key: [String], _ version: UInt64, _ cells: [String]?) {
                if let known = rows[key], known.version > version { return }
                if version < floor { return }
                rows[key] = (version, cells)
            }
            for change in seen where change.table == name {
                if change.kind == .truncate {
                    floor = change.commit
                    rows = rows.filter { $0.value.version >= floor }
                }
                if !change.old.isEmpty { write(Array(change.old.prefix(keyColumns)), change.commit, nil) }
                if !change.new.isEmpty { write(Array(change.new.prefix(keyColumns)), change.commit, change.new) }
            }
            return rows.compactMapValues(\.cells)
        }
    }

    private struct Waiting {
        var id: Int
        var condition: @Sendable (Record) -> Bool
        var continuation: CheckedContinuation<Record, any Error>
    }

    private struct State {
        var record = Record()
        var waiting: [Waiting] = []
        var nextID = 0
    }

    private let state = Mutex(State())

    var record: Record { state.withLock { $0.record } }

    /// Takes batches until the handover ends.
    func take(from handover: Handover<ChangeBatch>) async throws {
        while let batch = try await handover.next() { note(batch) }
    }

    func note(_ batch: ChangeBatch) {
        let (record, ready) = state.withLock { state in
            state.record.add(batch)
            let record = state.record
            let ready = state.waiting.filter { $0.condition(record) }
            state.waiting.removeAll { waiting in ready.contains { $0.id == waiting.id } }
            return (record, ready)
        }
        for waiting in ready { waiting.continuation.resume(returning: record) }
    }

    /// Waits until what was taken fulfils a condition.
    func wait(until condition: @escaping @Sendable (Record) -> Bool) async throws -> Record {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let record = state.withLock { state -> Record? in
                    if condition(state.record) { return state.record }
                    state.waiting.append(Waiting(id: id, condition: condition, continuation: continuation))
                    return nil
                }
                if let record { continuation.resume(returning: record) } else if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func cancel(_ id: Int) {
        let waiting = state.withLock { state -> Waiting? in
            guard let index = state.waiting.firstIndex(where: { $0.id == id }) else { return nil }
            return state.waiting.remove(at: index)
        }
        waiting?.continuation.resume(throwing: CancellationError())
    }
}

extension Recorder.Record {
    fileprivate mutating func add(_ batch: ChangeBatch) {
        for schema in batch.schemas where !schemas.contains(where: { $0 === schema }) { schemas.append(schema) }
        switch batch.origin {
        case .stream:
            for transaction in batch.transactions {
                if transaction.isComplete { transactions.append(transaction) }
                for index in transaction.changes {
                    seen.append(Seen(batch, batch.changes[index], transaction))
                }
            }
        case .snapshot(let origin):
            let transaction = Transaction(commit: origin.commit, end: nil, id: 0, committedAt: 0, changes: 0..<0)
            for change in batch.changes { seen.append(Seen(batch, change, transaction)) }
            superseded += origin.superseded
            if origin.isLastOfChunk { chunksFinished.insert(origin.chunk) }
        }
    }
}

extension Seen {
    fileprivate init(_ batch: ChangeBatch, _ change: Change, _ transaction: Transaction) {
        func texts(_ row: Row) -> [String] {
            (0..<row.count).map { column in
                switch row.state(column) {
                case .value: row.text(column) ?? ""
                case .null: "∅"
                case .unchanged: "…"
                case .missing: "–"
                }
            }
        }
        self.init(
            kind: change.kind, table: batch.schemas[Int(change.schema)].table.description,
            new: change.hasNewRow ? texts(batch.newRow(change)) : [],
            old: batch.oldRow(change).map(texts) ?? [], commit: transaction.commit, ordinal: change.ordinal,
            transaction: transaction.id)
    }
}

import Randomness
import Change
import Connector
import PostgresClient
import Testing

@testable import SourceConnectors

@Suite struct StreamCursorTests {
    /// A stream of transactions, cut into batches of a few changes, as one connection gives it from a position on.
    private func batches(after end: UInt64, cut: Int) -> [ChangeBatch] {
        var batches: [ChangeBatch] = []
        for commit in stride(from: UInt64(10), through: 100, by: 10) where commit * 8 >= end {
            let count = Int(commit % 40)
            for start in stride(from: 0, through: max(0, count - 1), by: cut) {
                var batch = ChangeBatch()
                let part = start..<min(start + cut, count)
                for ordinal in part {
                    batch.changes.append(Change(kind: .insert, schema: 0, ordinal: UInt64(ordinal)))
                }
                let isLast = part.upperBound == count
                batch.transactions = [
                    Transaction(
                        commit: commit, end: isLast ? commit * 8 + 16 : nil, id: commit, committedAt: 0,
                        changes: 0..<part.count)
                ]
                batches.append(batch)
            }
        }
        return batches
    }

    @Test(arguments: 1...20) func everyChangeIsDeliveredOnceHoweverOftenTheConnectionBreaks(_ seed: UInt64) {
        var generator = SeededNumbers(seed: seed)
        var cursor = StreamCursor(after: SourceProgress(commit: 0, end: 0))
        var delivered: [Position] = []
        var isDone = false
        while !isDone {
            // A new connection may begin anywhere before what was delivered, and cuts its batches elsewhere.
            let start = UInt64.random(in: 0...cursor.delivered.end, using: &generator)
            let batches = batches(after: start, cut: Int.random(in: 1...7, using: &generator))
            let breaksAfter = Int.random(in: 1...batches.count * 2, using: &generator)
            for var batch in batches.prefix(breaksAfter) where cursor.admit(&batch) {
                for transaction in batch.transactions {
                    delivered += batch.changes[transaction.changes].map {
                        Position(commit: transaction.commit, ordinal: $0.ordinal)
                    }
                }
            }
            isDone = breaksAfter >= batches.count
        }
        let all = stride(from: UInt64(10), through: 100, by: 10).flatMap { commit in
            (0..<(commit % 40)).map { Position(commit: commit, ordinal: $0) }
        }
        #expect(delivered == all)
        #expect(cursor.delivered == SourceProgress(commit: 100, end: 816))
    }

    @Test func anEmptyTransactionNeverHidesACommitThatFollowsDirectly() {
        var cursor = StreamCursor(after: SourceProgress(commit: 10, end: 96))
        let end = LSN(rawValue: 800)
        let empty = cursor.advance(to: end.rawValue, commit: end.commitPositionBefore, at: 0)
        #expect(empty?.commit == 99 && empty?.end == 800)
        // The next record begins where the server said the log ends.
        var batch = ChangeBatch()
        batch.changes = [Change(kind: .insert, schema: 0, ordinal: 0)]
        batch.transactions = [Transaction(commit: 100, end: 816, id: 1, committedAt: 0, changes: 0..<1)]
        let isAdmitted = cursor.admit(&batch)
        #expect(isAdmitted && batch.changes.count == 1)
    }

    @Test func nothingAdvancesThePositionInTheMiddleOfATransactionOrBackwards() {
        var cursor = StreamCursor(after: SourceProgress(commit: 10, end: 96))
        let same = cursor.advance(to: 96, commit: 11, at: 0)
        let back = cursor.advance(to: 90, commit: 11, at: 0)
        #expect(same == nil && back == nil)
        var batch = ChangeBatch()
        batch.changes = [Change(kind: .insert, schema: 0, ordinal: 0)]
        batch.transactions = [Transaction(commit: 20, end: nil, id: 1, committedAt: 0, changes: 0..<1)]
        let isAdmitted = cursor.admit(&batch)
        let within = cursor.advance(to: 800, commit: 99, at: 0)
        #expect(isAdmitted && within == nil)
    }
}

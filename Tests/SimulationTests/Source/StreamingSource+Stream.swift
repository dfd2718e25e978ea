import Change
import Connector
import Threads

@testable import SourceConnectors

extension StreamingSource {
    func stream(_ feed: Feed, after progress: SourceProgress, into handover: Handover<ChangeBatch>) async throws {
        handovers[feed] = handover
        let bell = feed == .main ? news : Bell()
        handover.whenSpaceAppears { bell.ring() }
        world.listeners.append(bell)
        var reader = FeedPosition(StreamCursor(after: progress))
        var backoff = 10 * Span.millisecond
        while true {
            do {
                try await connect()
                try await read(feed, &reader, bell, handover)
            } catch let error as MillraceError where error.code == .sourceUnavailable {
                try await life.pause(world.chance.below(backoff))
                backoff = min(backoff * 2, 10 * Span.second)
            }
        }
    }

    /// Reads over one connection: the database sends again whatever ends after the slot's confirmed position.
    private func read(
        _ feed: Feed, _ reader: inout FeedPosition, _ bell: Bell, _ handover: Handover<ChangeBatch>
    ) async throws {
        let breaks = slot.breaks
        if feed == .main { slot.streams += 1 }
        try verifyIdentity()
        try verifySlot(resumingAt: reader.cursor.delivered.end)
        let begin = max(reader.cursor.delivered.end, slot.confirmed ?? 0)
        world.oracle.streams(from: slot.confirmed ?? 0, after: reader.cursor.delivered)
        let resent = world.chance.oneIn(2) ? slot.confirmed ?? 0 : begin
        reader.next = database.log.firstIndex { $0.end > resent } ?? database.log.count
        reader.nextChange = 0
        while true {
            guard breaks == slot.breaks, world.time.now >= slot.downUntil else {
                throw MillraceError(.sourceUnavailable, "simulated: the stream broke")
            }
            if feed == .main, world.chance.oneIn(2), let rows = merge.next(in: handover.headroom) {
                try await offer(rows, of: feed, bell, handover)
            } else if world.chance.oneIn(8), let batch = nameEndInMidDecoding(&reader) {
                try await offer(batch, of: feed, bell, handover)
            } else if let batch = nextBatch(&reader) {
                if feed == .main, world.mutation != .overtakenRowsKept { merge.willDeliver(batch) }
                try await offer(batch, of: feed, bell, handover)
            } else if feed == .main, let rows = merge.next(in: handover.headroom) {
                try await offer(rows, of: feed, bell, handover)
            } else if reader.next == database.log.count {
                try await idle(feed, &reader, bell, handover)
            }
        }
    }

    private func offer(
        _ batch: ChangeBatch, of feed: Feed, _ bell: Bell, _ handover: Handover<ChangeBatch>
    ) async throws {
        try life.check()
        world.oracle.noteSize(of: batch)
        let offered = world.mutation == .changeSwallowed && world.chance.oneIn(4) ? Self.swallowing(batch) : batch
        while !handover.offer(offered, cost: offered.byteCount) {
            try await life.wait(for: bell, atMost: Span.minute)
        }
        delivered.note(batch, of: feed)
        try await life.pause(world.chance.below(3 * Span.millisecond))
    }

    /// Nothing is left to send: after a while the position moves on over what is not published.
    private func idle(
        _ feed: Feed, _ reader: inout FeedPosition, _ bell: Bell, _ handover: Handover<ChangeBatch>
    ) async throws {
        let end = database.position * 8
        if world.mutation == .keepaliveConfirmed { confirmLater(end) }
        if world.chance.oneIn(3), database.log.last?.end ?? 0 <= reader.cursor.delivered.end,
            let batch = advance(&reader, to: end)
        {
            return try await offer(batch, of: feed, bell, handover)
        }
        try await life.wait(for: bell, atMost: 10 * Span.second)
    }

    /// A server that decodes a large transaction says meanwhile that it has read almost up to its commit.
    private func nameEndInMidDecoding(_ reader: inout FeedPosition) -> ChangeBatch? {
        guard reader.next < database.log.count, reader.nextChange == 0, let commit = database.log[reader.next].commit
        else { return nil }
        return advance(&reader, to: commit * 8)
    }

    /// An empty transaction up to an end that the server named.
    private func advance(_ reader: inout FeedPosition, to end: UInt64) -> ChangeBatch? {
        guard let empty = reader.cursor.advance(to: end, commit: (end - 1) / 8, at: life.now()) else { return nil }
        var batch = ChangeBatch()
        batch.transactions.append(empty)
        world.oracle.idleBoundary(commit: empty.commit, end: end)
        return batch
    }

    /// The next few changes that were not delivered before, cut anywhere; nil where the log has none.
    private func nextBatch(_ reader: inout FeedPosition) -> ChangeBatch? {
        while reader.next < database.log.count {
            var renderer = StreamRenderer()
            renderer.takesUnchangedForNull = world.mutation == .unchangedWrittenAsNull
            var room = world.chance.oneIn(4) ? 60 : world.chance.between(1, 8)
            while room > 0, reader.next < database.log.count {
                let transaction = reader.take(database.log[reader.next], atMost: room, &renderer)
                room -= max(1, transaction)
            }
            var batch = renderer.batch
            if world.mutation == .windowsMove, slot.breaks % 2 == 1 { moveWindows(of: &batch) }
            if reader.cursor.admit(&batch) { return batch }
        }
        return nil
    }

    /// The batch without its last change.
    private static func swallowing(_ batch: ChangeBatch) -> ChangeBatch {
        guard case .stream = batch.origin, let last = batch.transactions.last, !last.changes.isEmpty else {
            return batch
        }
        var batch = batch
        batch.changes.removeLast()
        batch.transactions[batch.transactions.count - 1].changes = last.changes.dropLast()
        return batch
    }

    /// Numbers changes otherwise than they were numbered on the connection before.
    private func moveWindows(of batch: inout ChangeBatch) {
        for index in batch.changes.indices where batch.changes[index].ordinal >= Window.length {
            batch.changes[index].ordinal -= Window.length
        }
    }
}

/// How far one feed has read the log.
struct FeedPosition {
    var cursor: StreamCursor
    var next = 0
    var nextChange = 0

    init(_ cursor: StreamCursor) {
        self.cursor = cursor
    }

    /// Appends a part of a transaction to the batch and returns how many changes it had.
    mutating func take(_ transaction: LoggedTransaction, atMost room: Int, _ renderer: inout StreamRenderer) -> Int {
        let end = min(transaction.changes.count, nextChange + room)
        let count = end - nextChange
        renderer.append(transaction, nextChange..<end)
        nextChange = end
        if end == transaction.changes.count {
            next += 1
            nextChange = 0
        }
        return count
    }
}

import Change
import Connector
import ConnectorTestKit
import Testing

@testable import Engine

struct OutgoingWritesTests {
    private func writes(_ texts: [String]) throws -> [PendingWrite] {
        var builder = HistoryBuilder()
        for (number, text) in texts.enumerated() { builder.insert(RandomHistory.items, ["\(number)", text, nil]) }
        builder.end()
        var sorter = try SorterRun.sorter(tables: [RandomHistory.items], bytesMax: 1 << 30, maySpill: false)
        var writes: [PendingWrite] = []
        for batch in builder.take() {
            sorter.start(batch)
            while let action = try sorter.next() {
                if case .write(let sorted) = action { writes += sorted.writes }
            }
        }
        return writes
    }

    private func send(_ writes: [PendingWrite]) -> [PendingWrite] {
        var outgoing = OutgoingWrites(lanes: 3)
        for var write in writes {
            write.cost = OutgoingWrites.cost(of: write)
            outgoing.append(write)
        }
        outgoing.pack()
        var sent: [PendingWrite] = []
        outgoing.forEachLane { sent += $1 }
        return sent
    }

    @Test func fewRowsOfABatchDoNotKeepTheWholeBatch() throws {
        let texts = (0..<500).map { String(repeating: "\($0)", count: 200) }
        let kept = try writes(texts).filter { (Int($0.write.row.text(0) ?? "") ?? 0) % 100 == 7 }
        let sent = send(kept)
        #expect(sent.count == 5)
        for write in sent {
            let row = write.write.row
            #expect(row.heldByteCount < 10_000)
            #expect(row.text(1) == Int(row.text(0) ?? "").map { texts[$0] })
            #expect(row.state(2) == .null)
        }
    }

    @Test func aWholeBatchIsNotCopied() throws {
        let all = try writes((0..<100).map { "value \($0)" })
        for (before, after) in zip(all.sorted(by: \.keyHash), send(all).sorted(by: \.keyHash)) {
            #expect(before.write.row.bufferIdentity == after.write.row.bufferIdentity)
        }
    }

    @Test func whatWouldPassTheLimitWaitsUnlessItIsAlone() throws {
        let both = try writes(["a", "b"])
        var outgoing = OutgoingWrites(lanes: 1)
        let cost = OutgoingWrites.cost(of: both[0])
        #expect(outgoing.hasRoom(for: cost, limit: 1))
        outgoing.append(both[0])
        #expect(!outgoing.hasRoom(for: OutgoingWrites.cost(of: both[1]), limit: 1))
        #expect(outgoing.count == 1)
    }
}

extension Sequence {
    fileprivate func sorted(by key: (Element) -> some Comparable) -> [Element] { sorted { key($0) < key($1) } }
}

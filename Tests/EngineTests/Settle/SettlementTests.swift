import Randomness
import Connector
import Testing

@testable import Engine

struct SettlementTests {
    /// A transaction as the model sees it.
    private struct Open {
        var commit: UInt64
        var unsettled = 0
        var end: UInt64?
    }

    @Test(arguments: 0..<20)
    func theWatermarkIsTheLastTransactionBeforeWhichEverythingIsSettled(seed: Int) {
        var random = SeededNumbers(seed: UInt64(seed))
        var settlement = Settlement()
        var model: [Open] = []
        var unsettled: [Int] = []
        var watermark: SourceProgress?
        for _ in 0..<600 {
            switch Int.random(in: 0..<5, using: &random) {
            case 0 where model.last.map({ $0.end != nil }) ?? true:
                let commit = UInt64(model.count + 1) * 10
                model.append(Open(commit: commit))
                settlement.register(TicketEntry(ticket: .transaction(model.count - 1), opens: commit))
            case 1:
                guard let last = model.indices.last, model[last].end == nil else { continue }
                let count = Int.random(in: 0...4, using: &random)
                model[last].unsettled += count
                unsettled += Array(repeating: last, count: count)
                settlement.register(TicketEntry(ticket: .transaction(last), added: count))
            case 2:
                guard let last = model.indices.last, model[last].end == nil else { continue }
                model[last].end = model[last].commit + 5
                settlement.register(TicketEntry(ticket: .transaction(last), closesAt: model[last].commit + 5))
            default:
                guard let index = unsettled.indices.randomElement(using: &random) else { continue }
                let ticket = unsettled.remove(at: index)
                model[ticket].unsettled -= 1
                settlement.settle(1, of: .transaction(ticket))
            }
            for transaction in model {
                guard transaction.unsettled == 0, let end = transaction.end else { break }
                watermark = SourceProgress(commit: transaction.commit, end: end)
            }
            #expect(settlement.watermark == watermark)
        }
        #expect(watermark != nil)
    }

    @Test func aChunkIsFinishedOnceItIsWholeAndEveryRowIsSettled() {
        var settlement = Settlement()
        let chunk = ChunkID(run: 1, chunk: 7)
        settlement.register(TicketEntry(ticket: .chunk(0), opensChunk: chunk, added: 2))
        settlement.settle(2, of: .chunk(0))
        #expect(settlement.takeFinishedChunks().isEmpty)
        settlement.register(TicketEntry(ticket: .chunk(0), added: 1, closesChunk: true))
        #expect(settlement.takeFinishedChunks().isEmpty)
        settlement.settle(1, of: .chunk(0))
        #expect(settlement.takeFinishedChunks() == [chunk])
        #expect(settlement.takeFinishedChunks().isEmpty)
        #expect(settlement.isEmpty)
    }

    @Test func aChunkWithoutRowsIsFinishedAtOnce() {
        var settlement = Settlement()
        let chunk = ChunkID(run: 0, chunk: 0)
        settlement.register(TicketEntry(ticket: .chunk(3), opensChunk: chunk, closesChunk: true))
        #expect(settlement.takeFinishedChunks() == [chunk])
    }

    @Test func chunksDoNotMoveTheWatermark() {
        var settlement = Settlement()
        settlement.register(TicketEntry(ticket: .transaction(0), opens: 8, added: 1, closesAt: 9))
        settlement.register(TicketEntry(ticket: .chunk(0), opensChunk: ChunkID(run: 0, chunk: 0), added: 1))
        settlement.settle(1, of: .transaction(0))
        #expect(settlement.watermark == SourceProgress(commit: 8, end: 9))
        settlement.settle(1, of: .chunk(0))
        #expect(settlement.watermark == SourceProgress(commit: 8, end: 9))
    }
}

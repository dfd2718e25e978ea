import Randomness
import Change
import Connector
import ConnectorTestKit
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(1)))
struct LaneQueueTests {
    /// Writes whose ordinals count from `first` and whose costs are given.
    private func writes(_ costs: [Int], from first: Int = 0) throws -> [PendingWrite] {
        var builder = HistoryBuilder()
        for number in costs.indices { builder.insert(RandomHistory.items, ["\(number + first)", nil, nil]) }
        builder.end()
        var sorter = try SorterRun.sorter(tables: [RandomHistory.items], bytesMax: 1 << 20, maySpill: false)
        var writes: [PendingWrite] = []
        for batch in builder.take() {
            sorter.start(batch)
            while let action = try sorter.next() {
                if case .write(let sorted) = action { writes += sorted.writes }
            }
        }
        for index in writes.indices { writes[index].cost = costs[index] }
        return writes
    }

    private func keys(_ writes: [PendingWrite]?) -> [Int] {
        (writes ?? []).compactMap { $0.write.row.text(0).flatMap(Int.init) }
    }

    @Test func aBatchIsLimitedByCountAndByBytes() async throws {
        let queue = LaneQueue()
        queue.append(try writes([10, 10, 10, 10, 50, 10, 10]))
        #expect(keys(await queue.take(countMax: 2, bytesMax: 1_000)) == [0, 1])
        #expect(keys(await queue.take(countMax: 10, bytesMax: 30)) == [2, 3])
        #expect(keys(await queue.take(countMax: 10, bytesMax: 60)) == [4, 5])
        #expect(keys(await queue.take(countMax: 10, bytesMax: 60)) == [6])
    }

    @Test func aWriteLargerThanTheLimitGoesAlone() async throws {
        let queue = LaneQueue()
        queue.append(try writes([1_000, 10]))
        #expect(keys(await queue.take(countMax: 10, bytesMax: 100)) == [0])
        #expect(keys(await queue.take(countMax: 10, bytesMax: 100)) == [1])
    }

    @Test(arguments: 0..<3)
    func everyWriteComesOnceAndInOrder(seed: Int) async throws {
        var random = SeededNumbers(seed: UInt64(seed))
        let costs = (0..<500).map { _ in Int.random(in: 1...100, using: &random) }
        let all = try writes(costs)
        var parts: [[PendingWrite]] = []
        var next = 0
        while next < all.count {
            let end = min(all.count, next + Int.random(in: 0...40, using: &random))
            parts.append(Array(all[next..<end]))
            next = end
        }
        let queue = LaneQueue()
        async let producing: Void = {
            for part in parts {
                queue.append(part)
                await Task.yield()
            }
            queue.finish()
        }()
        var taken: [Int] = []
        while let batch = await queue.take(countMax: 20, bytesMax: 500) {
            #expect(batch.count <= 20)
            #expect(batch.count == 1 || batch.reduce(0) { $0 + $1.cost } <= 500)
            taken += keys(batch)
        }
        await producing
        #expect(taken == Array(0..<500))
    }

    @Test func whatWaitsIsTakenAfterTheEnd() async throws {
        let queue = LaneQueue()
        queue.append(try writes([1, 1]))
        queue.finish()
        #expect(await queue.take(countMax: 1, bytesMax: 10)?.count == 1)
        #expect(await queue.take(countMax: 1, bytesMax: 10)?.count == 1)
        #expect(await queue.take(countMax: 1, bytesMax: 10) == nil)
    }
}

import Randomness
import Change
import ConnectorTestKit
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(2)))
struct SpilledHistoryTests {
    @Test(arguments: 0..<10)
    func aWindowLeadsToTheSameWritesInMemoryAndOnDisk(seed: Int) throws {
        var random = SeededNumbers(seed: UInt64(seed))
        let history = RandomHistory(
            seed: UInt64(seed), transactions: 6, keys: Int.random(in: 3...400, using: &random), size: 0...600)
        let folder = SpillFolder()
        let spilled = try SorterRun(
            history.batches, bytesMax: Int.random(in: 2_000...30_000, using: &random),
            spill: SpillStore(folder: folder.path))
        let whole = try SorterRun(history.batches)
        #expect(spilled.counts == whole.counts)
        #expect(spilled.closed == whole.closed)
        #expect(spilled.outstanding.values.allSatisfy { $0 == 0 })
        expectSame(spilled, whole)
    }

    @Test func partitionsThatAreTooLargeAreDividedAgain() throws {
        var builder = HistoryBuilder()
        for number in 0..<12_000 {
            builder.insert(RandomHistory.items, ["\(number % 8_000)", "value \(number)", nil])
        }
        builder.end()
        let batches = builder.take()
        let folder = SpillFolder()
        let spilled = try SorterRun(batches, bytesMax: 6_000, spill: SpillStore(folder: folder.path))
        #expect(spilled.deepestLevel >= 1)
        let whole = try SorterRun(batches)
        #expect(spilled.counts == whole.counts)
        expectSame(spilled, whole)
    }

    /// Compares what a sink can see: of every truncate's two sides, the same writes of the same keys.
    private func expectSame(_ spilled: SorterRun, _ whole: SorterRun) {
        let parts = (spilled.parts, whole.parts)
        #expect(parts.0.count == parts.1.count)
        for (left, right) in zip(parts.0, parts.1) {
            #expect(left.truncate == right.truncate)
            #expect(left.writes.count == right.writes.count)
            for (key, write) in right.writes {
                guard var other = left.writes[key] else {
                    Issue.record("no write of \(key)")
                    continue
                }
                // What a key change left unchanged is read again where the state before it was on disk.
                for column in other.cells.indices
                where other.cells[column] == .unchanged && write.cells[column] != .unchanged {
                    #expect(other.kind == .update)
                    other.cells[column] = write.cells[column]
                }
                #expect(other == write)
            }
        }
    }
}

extension SorterRun {
    struct Name: Hashable {
        var key: String
        var version: Version
    }

    /// The writes between truncates, by key and version; there is one of each.
    var parts: [(truncate: Version?, writes: [Name: Write])] {
        var parts: [(truncate: Version?, writes: [Name: Write])] = [(nil, [:])]
        for step in steps {
            switch step {
            case .truncate(let version): parts.append((version, [:]))
            case .write(let write):
                let name = Name(key: write.key, version: write.version)
                precondition(parts[parts.count - 1].writes[name] == nil, "a version is unique per key")
                parts[parts.count - 1].writes[name] = write
            }
        }
        return parts
    }
}

import Randomness
@testable import Engine
import Testing

@testable import Audit

struct DigestJoinTests {
    private func runs(_ lists: [[RowDigest]]) throws -> DigestRuns {
        var runs = DigestRuns(MemoryDigestStore())
        for list in lists { try runs.append(list.sorted { $0.key < $1.key }) }
        return runs
    }

    /// Against a model that holds everything at once: random tables with rows that are missing, other and extra, in runs of
    /// any length, read in parts of any size.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func itFindsWhatAModelFinds(_ seed: UInt64) throws {
        var random = SeededNumbers(seed: seed)
        var lists: [[RowDigest]] = [[]]
        var entries: [[RowDigest]] = [[]]
        var suspects: [Int: Set<UInt64>] = [:]
        var unexplained: Set<UInt64> = []
        let keys = Set((0..<random.below(400)).map { _ in random.below(2) == 0 ? random.next() : random.below(50) })
        var rowCount = 0
        for key in keys {
            if random.below(20) == 0 { lists.append([]) }
            if random.below(20) == 0 { entries.append([]) }
            let row = RowDigest(key: key, digest: random.below(30) == 0 ? RowDigest.unknown : random.below(9))
            let run = Int(random.below(UInt64(lists.count)))
            let place = Int(random.below(UInt64(entries.count)))
            let fate = random.below(10)
            if fate == 0 {
                entries[place].append(row)
                unexplained.insert(key)
                continue
            }
            rowCount += 1
            lists[run].append(row)
            if fate == 1 {
                suspects[run, default: []].insert(key)
                continue
            }
            var entry = row
            if fate == 2 { entry.digest &+= 1 }
            if fate == 2 || row.digest == RowDigest.unknown { suspects[run, default: []].insert(key) }
            // A scan may come by an entry twice.
            for _ in 0..<1 + random.below(2) { entries[place].append(entry) }
        }
        let join = try DigestJoin(
            expected: runs(lists), found: runs(entries), partCount: 1 + Int(random.below(100)))
        #expect(join.rows == rowCount)
        #expect(join.unexplained == unexplained)
        #expect(join.suspects == suspects.mapValues { .keys($0) })
    }

    @Test func ofManySuspectsWholeRunsAreTold() throws {
        let rows = (0..<40).map { RowDigest(key: UInt64($0) << 50, digest: 1) }
        let join = try DigestJoin(
            expected: runs([Array(rows[..<20]), Array(rows[20...])]), found: runs([]), suspectsMax: 10)
        #expect(join.suspects == [0: .all, 1: .all])
        #expect(join.rows == 40)
    }

    @Test func anEntryThatChangedWhileItWasReadIsSuspected() throws {
        let join = try DigestJoin(
            expected: runs([[RowDigest(key: .max, digest: 1)]]),
            found: runs([[RowDigest(key: .max, digest: 1)], [RowDigest(key: .max, digest: 2)]]))
        #expect(join.suspects == [0: .keys([.max])])
    }
}

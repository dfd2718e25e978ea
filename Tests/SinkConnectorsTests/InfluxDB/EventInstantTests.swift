import Change
import Testing

@testable import SinkConnectors

@Suite struct EventInstantTests {
    private func instant(_ commit: UInt64, _ ordinal: UInt64 = 0, at microseconds: Int64 = 1_700_000_000_000_000) throws
        -> EventInstant
    {
        try EventInstant(position: Position(commit: commit, ordinal: ordinal), committedAt: microseconds)
    }

    @Test func aThousandTransactionsOfOneMicrosecondAreApart() throws {
        var seen: Set<EventInstant> = []
        // Commits as a log has them: some distance apart, each with a few changes.
        for number in 0..<1000 as Range<UInt64> {
            for ordinal in 0..<3 as Range<UInt64> {
                #expect(seen.insert(try instant(5_000_000 + number * 13, ordinal)).inserted)
            }
        }
        let times = seen.map { $0.time / 1000 }
        #expect(Set(times) == [1_700_000_000_000_000])
    }

    @Test func everyChangeOfALargeTransactionIsApartAndCloseToItsCommit() throws {
        var seen: Set<EventInstant> = []
        for ordinal in 0..<200_000 as Range<UInt64> {
            let instant = try instant(77, ordinal)
            #expect(seen.insert(instant).inserted)
            #expect(instant.time - 1_700_000_000_000_000_000 < 2_001_000)
        }
    }

    @Test func aReplayHasTheSameInstants() throws {
        #expect(try instant(123_456_789, 4321) == instant(123_456_789, 4321))
    }

    @Test func theTagHasFewValues() throws {
        var values: Set<String> = []
        for commit in 0..<40_000 as Range<UInt64> {
            var tag: [UInt8] = []
            try instant(commit).appendSequence(to: &tag)
            values.insert(String(decoding: tag, as: UTF8.self))
        }
        #expect(values.count == 16)
        var tag: [UInt8] = []
        try instant(3000, 105).appendSequence(to: &tag)
        #expect(String(decoding: tag, as: UTF8.self) == "3.5")
    }

    @Test func anInstantIsNeverGivenToTwoTransactions() throws {
        let book = InstantBook()
        let first = try instant(5)
        let meets = try instant(5 + EventInstant.commitsApart)
        #expect(first == meets)
        #expect(book.claim(first, for: 5))
        #expect(book.claim(first, for: 5))
        #expect(!book.claim(meets, for: 5 + EventInstant.commitsApart))
        // What is long past is forgotten.
        for commit in 0..<UInt64(InstantBook.countMax) {
            #expect(book.claim(try instant(commit, at: 1_800_000_000_000_000 + Int64(commit)), for: commit))
        }
        #expect(book.claim(meets, for: 5 + EventInstant.commitsApart))
    }

    @Test func timesBeyondWhatAServerHasAreRefused() {
        #expect(throws: PointProblem.timeRange) { try instant(1, at: Int64.max / 999) }
        #expect(throws: PointProblem.timeRange) { try instant(1, at: Int64.min / 999) }
    }
}

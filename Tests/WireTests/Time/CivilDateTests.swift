import Randomness
import Testing
import Wire

@Suite struct CivilDateTests {
    /// PostgreSQL's dates: 4713-01-01 BC to 5874897-12-31.
    private let years: ClosedRange<Int64> = -4712...5_874_897

    @Test func everyDayIsTheDayAfterTheOneBefore() {
        // Walks the calendar by its rules alone, over the years in use and around each end.
        for start in [-4712, -401, 1200, 9900, 294_200, 5_874_800] as [Int64] {
            var date = CivilDate(year: start, month: 1, day: 1)
            let first = date.daysSince1970
            for day in first..<first + 400_000 / 4 {
                #expect(CivilDate(daysSince1970: day) == date && date.daysSince1970 == day)
                date = tomorrow(date)
            }
        }
    }

    @Test func randomDaysAgreeWithJulianDayNumbers() {
        var generator = SeededNumbers(seed: 7)
        for _ in 0..<100_000 {
            let date = CivilDate(
                year: .random(in: years, using: &generator), month: .random(in: 1...12, using: &generator),
                day: .random(in: 1...28, using: &generator))
            #expect(date.daysSince1970 == julianDay(date) - 2_440_588)
            #expect(CivilDate(daysSince1970: date.daysSince1970) == date)
        }
    }

    @Test func theCalendarKnowsItsDays() {
        for (year, leaps) in [
            (2000, true), (1900, false), (2024, true), (2023, false), (0, true), (-4, true), (-100, false),
        ] {
            #expect(CivilDate(year: Int64(year), month: 2, day: 29).isValid == leaps)
        }
        for (month, day) in [(0, 1), (13, 1), (1, 0), (1, 32), (4, 31), (2, 30)] as [(Int64, Int64)] {
            #expect(!CivilDate(year: 2024, month: month, day: day).isValid)
        }
    }

    private func tomorrow(_ date: CivilDate) -> CivilDate {
        var next = date
        next.day += 1
        if next.isValid { return next }
        next = CivilDate(year: date.year, month: date.month + 1, day: 1)
        return next.isValid ? next : CivilDate(year: date.year + 1, month: 1, day: 1)
    }

    /// Fliegel and Van Flandern's formula (CACM 11, 1968), shifted by whole cycles so that its divisions stay positive.
    private func julianDay(_ date: CivilDate) -> Int64 {
        let cycles: Int64 = 20
        let (year, month, day) = (date.year + cycles * 400, date.month, date.day)
        let shift = (month - 14) / 12
        let number =
            day - 32_075 + 1461 * (year + 4800 + shift) / 4 + 367 * (month - 2 - shift * 12) / 12
            - 3 * ((year + 4900 + shift) / 100) / 4
        return number - cycles * 146_097
    }
}

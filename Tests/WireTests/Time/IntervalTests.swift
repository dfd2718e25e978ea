import Testing
import Wire

@Suite struct IntervalTests {
    @Test func theUnitsStayApartAndKeepTheirSigns() throws {
        let known: [(String, Interval)] = [
            ("PT0S", Interval(months: 0, days: 0, microseconds: 0)),
            ("P1Y2M-3DT4H5M6.7S", Interval(months: 14, days: -3, microseconds: 14_706_700_000)),
            ("P-1MT0.5S", Interval(months: -1, days: 0, microseconds: 500_000)),
            ("PT-0.5S", Interval(months: 0, days: 0, microseconds: -500_000)),
            ("P-1Y-2M", Interval(months: -14, days: 0, microseconds: 0)),
            ("PT2562047788H54.775807S", Interval(months: 0, days: 0, microseconds: .max)),
            ("PT-2562047788H-54.775808S", Interval(months: 0, days: 0, microseconds: .min)),
            ("P1W1D", Interval(months: 0, days: 8, microseconds: 0)),
            ("infinity", .infinity), ("-infinity", .negativeInfinity),
        ]
        for (text, interval) in known { #expect(try Interval(iso8601: text.utf8.span) == interval, "\(text)") }
    }

    @Test func intervalsAreOrderedByMonthsOfThirtyDays() {
        #expect(
            Interval(months: 1, days: 0, microseconds: 0).span == Interval(months: 0, days: 30, microseconds: 0).span)
        #expect(
            Interval(months: 0, days: 1, microseconds: 0).span
                == Interval(months: 0, days: 0, microseconds: 86_400_000_000).span)
        #expect(Interval.infinity.span > Interval(months: .max, days: .max, microseconds: .max - 1).span)
    }
}

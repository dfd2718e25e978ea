import Randomness
import Testing
import Wire

@Suite struct DateTimeTextTests {
    @Test func everyTimestampComesBackFromItsText() throws {
        var generator = SeededNumbers(seed: 8)
        let first = try #require(DateTimeText.timestamp("4713-01-01 00:00:00 BC".utf8.span, hasZone: false).finite)
        let last = try #require(DateTimeText.timestamp("294276-12-31 23:59:59.999999".utf8.span, hasZone: false).finite)
        for index in 0..<50_000 {
            let moment =
                index == 0 ? first : index == 1 ? last : Int128.random(in: first...last, using: &generator)
            let text = postgres(moment)
            #expect(try DateTimeText.timestamp(text.utf8.span, hasZone: false) == .at(moment))
            let iso = WireTests.text { $0.append(isoTimestamp: moment) }
            #expect(try WireTests.text { try $0.append(isoTimestampOf: text.utf8.span, hasZone: false) } == iso)
        }
    }

    @Test func knownMomentsHaveTheirKnownNumbers() throws {
        // SELECT extract(epoch FROM …) * 1000000 on the server.
        let known: [(String, Int128)] = [
            ("1970-01-01 00:00:00", 0), ("1969-12-31 23:59:59.999999", -1),
            ("2000-01-01 00:00:00", 946_684_800_000_000),
            ("0001-12-31 23:59:59.999999 BC", -62_135_596_800_000_001),
            ("4713-01-01 00:00:00 BC", -210_863_520_000_000_000),
            ("294276-12-31 23:59:59.999999", 9_224_318_015_999_999_999),
        ]
        for (text, number) in known {
            #expect(try DateTimeText.timestamp(text.utf8.span, hasZone: false) == .at(number), "\(text)")
        }
        #expect(
            try DateTimeText.timestamp("2026-01-01 00:00:00+02".utf8.span, hasZone: true) == .at(1_767_218_400_000_000))
        #expect(try DateTimeText.timestamp("infinity".utf8.span, hasZone: true) == .infinity)
        #expect(try DateTimeText.date("-infinity".utf8.span) == .negativeInfinity)
        #expect(TimePoint.negativeInfinity < .at(.min) && TimePoint.at(.max) < .infinity)
    }

    @Test func timesKeepTheirZoneAndTheirTwentyFourthHour() throws {
        #expect(try DateTimeText.time("24:00:00".utf8.span) == 86_400_000_000)
        let time = try DateTimeText.timeWithZone("24:00:00-15:59:59".utf8.span)
        #expect(time.microseconds == 86_400_000_000)
        #expect(time.offsetSeconds == -57_599)
    }

    @Test func theQuickWayToISOAgreesWithTheFullReaderOnEveryMutation() throws {
        var generator = SeededNumbers(seed: 18)
        let range = -62_135_596_800_000_000..<Int128(253_402_300_800_000_000)
        for _ in 0..<20_000 {
            var moment = Int128.random(in: range, using: &generator)
            if generator.next() % 4 == 0 { moment -= moment % 1_000_000 }
            let hasZone = generator.next() % 2 == 0
            let text = Array((postgres(moment) + (hasZone ? "+00" : "")).utf8)
            #expect(
                try WireTests.text { try $0.append(isoTimestampOf: text.span, hasZone: hasZone) }
                    == WireTests.text { $0.append(isoTimestamp: moment) } + (hasZone ? "Z" : ""))
            let changed = mutated(text, &generator)
            let read = try? DateTimeText.timestamp(changed.span, hasZone: hasZone)
            var output: [UInt8] = []
            let isWritten = (try? output.append(isoTimestampOf: changed.span, hasZone: hasZone)) != nil
            #expect(isWritten == (read != nil), "\(String(decoding: changed, as: UTF8.self))")
        }
    }

    @Test func mutatedTextsThrowOrRead() {
        var generator = SeededNumbers(seed: 9)
        let seeds = [
            "2026-01-02 03:04:05.678901+05:30:15", "294276-12-31 23:59:59.999999 BC", "P-1Y2M-3DT4H-5M6.7S",
            "24:00:00-15:59",
        ]
        .map { Array($0.utf8) }
        for _ in 0..<50_000 {
            let bytes = mutated(seeds.randomElement(using: &generator) ?? [], &generator)
            _ = try? DateTimeText.timestamp(bytes.span, hasZone: true)
            _ = try? DateTimeText.timestamp(bytes.span, hasZone: false)
            _ = try? DateTimeText.date(bytes.span)
            _ = try? DateTimeText.timeWithZone(bytes.span)
            _ = try? Interval(iso8601: bytes.span)
            var output: [UInt8] = []
            if (try? output.append(isoTimestampOf: bytes.span, hasZone: true)) == nil { #expect(output.isEmpty) }
        }
    }

    /// The moment as PostgreSQL prints it, by arithmetic of its own: years are counted off one by one from 400-year eras.
    private func postgres(_ moment: Int128) -> String {
        let microsecondsPerDay: Int64 = 86_400_000_000
        var ofDay = Int64(moment % Int128(microsecondsPerDay))
        var days = Int64(moment / Int128(microsecondsPerDay))
        if ofDay < 0 { (ofDay, days) = (ofDay + microsecondsPerDay, days - 1) }
        // 2000-01-01 is day 10957 and begins an era.
        var year: Int64 = 2000
        days -= 10_957
        let eras = (days >= 0 ? days : days - 146_096) / 146_097
        (year, days) = (year + eras * 400, days - eras * 146_097)
        while days >= length(year) { (year, days) = (year + 1, days - length(year)) }
        var month = 0
        let months: [Int64] = [31, length(year) - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        while days >= months[month] { (month, days) = (month + 1, days - months[month]) }
        func padded(_ number: Int64, _ width: Int) -> String {
            String(repeating: "0", count: max(0, width - "\(number)".count)) + "\(number)"
        }
        var text = "\(padded(year > 0 ? year : 1 - year, 4))-\(padded(Int64(month) + 1, 2))-\(padded(days + 1, 2)) "
        let seconds = ofDay / 1_000_000
        text += "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        var fraction = padded(ofDay % 1_000_000, 6)
        while fraction.last == "0" { fraction.removeLast() }
        if !fraction.isEmpty { text += "." + fraction }
        return year > 0 ? text : text + " BC"
    }

    private func length(_ year: Int64) -> Int64 {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365
    }
}

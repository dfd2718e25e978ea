import Testing

@testable import Connector

@Suite struct ColumnDifferenceTests {
    private func difference(_ expected: String, _ found: String) -> ColumnDifference {
        ColumnDifference("c", expected: Array(expected.utf8), found: Array(found.utf8))
    }

    @Test func shortValuesAreWhole() {
        let made = difference("one", "two")
        #expect(made == ColumnDifference("c", expected: "one", found: "two"))
        #expect(ColumnDifference("c", expected: nil as [UInt8]?, found: [0xFF]).found == "\u{FFFD}")
        #expect(ColumnDifference("c", expected: nil as [UInt8]?, found: []).found == "")
    }

    @Test(arguments: ["x", "é", "日", "🦀"])
    func longValuesAreCutWhereTheyPart(_ unit: String) {
        let beginning = String(repeating: unit, count: 900)
        let made = difference(beginning + "one" + beginning, beginning + "two")
        for text in [made.expected, made.found] {
            #expect((text?.utf8.count ?? 0) <= ColumnDifference.lengthMax)
            #expect(text?.hasPrefix("…") == true && text?.contains("\u{FFFD}") == false)
        }
        #expect(made.expected?.contains("one") == true && made.expected?.hasSuffix("…") == true)
        #expect(made.found?.hasSuffix("two") == true)
    }

    @Test func aLongValueBesideNoneShowsItsBeginning() {
        let made = ColumnDifference("c", expected: Array(String(repeating: "ab", count: 500).utf8), found: nil)
        #expect(made.expected?.hasPrefix("abab") == true && made.expected?.hasSuffix("…") == true)
        #expect(made.expected.map { $0.utf8.count <= ColumnDifference.lengthMax } == true)
        #expect(difference("abc", String(repeating: "z", count: 300)).expected == "abc")
    }
}

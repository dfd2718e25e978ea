import Testing

@testable import SourceConnectors

@Suite struct SnapshotRangesTests {
    private let byKey = SnapshotRanges(
        cut: .byKey(
            [.init(name: "a\"b", cast: "text"), .init(name: "n", cast: "integer")],
            boundaries: [["it's", "1"], ["\\", "2"]]), storage: "1:1")

    @Test func aPlanSurvivesItsText() throws {
        for cut in [byKey.cut, .byPage(boundaries: [10, 20]), .whole] {
            let ranges = SnapshotRanges(cut: cut, storage: "1:1 2:2")
            #expect(try SnapshotRanges(text: ranges.text()) == ranges)
        }
        #expect(throws: (any Error).self) { try SnapshotRanges(text: "{}") }
    }

    @Test func chunksShareTheirBoundariesAndLeaveNoGap() throws {
        #expect(try byKey.condition(ofChunk: 0) == "(\"a\"\"b\", \"n\") < ('it''s'::text, '1'::integer)")
        #expect(
            try byKey.condition(ofChunk: 1)
                == "(\"a\"\"b\", \"n\") >= ('it''s'::text, '1'::integer) AND (\"a\"\"b\", \"n\") < ('\\'::text, '2'::integer)"
        )
        #expect(try byKey.condition(ofChunk: 2) == "(\"a\"\"b\", \"n\") >= ('\\'::text, '2'::integer)")
        let pages = SnapshotRanges(cut: .byPage(boundaries: [5]), storage: "")
        #expect(try pages.condition(ofChunk: 0) == "ctid < '(5,0)'::tid")
        #expect(try pages.condition(ofChunk: 1) == "ctid >= '(5,0)'::tid")
        #expect(try SnapshotRanges(cut: .whole, storage: "").condition(ofChunk: 0) == nil)
    }
}

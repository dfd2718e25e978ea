import Testing

@testable import Connector

@Suite struct LocatedTextTests {
    private let start = SourceLocation(file: "f", line: 4, column: 9)

    @Test func aPlainTextStandsOnOneLine() {
        #expect(LocatedText("abc", at: start).location(at: 2) == SourceLocation(file: "f", line: 4, column: 11))
    }

    @Test func eachRunHasAPlaceOfItsOwn() {
        let text = LocatedText(
            "ab cd x", at: start,
            runs: [
                .init(offset: 0, line: 4, column: 10), .init(offset: 3, line: 5, column: 3),
                .init(offset: 5, line: 5, column: 5, isFromEnvironment: true), .init(offset: 7, line: 5, column: 9),
            ])
        #expect(text.location(at: 1) == SourceLocation(file: "f", line: 4, column: 11))
        #expect(text.location(at: 4) == SourceLocation(file: "f", line: 5, column: 4))
        #expect(text.location(at: 6) == SourceLocation(file: "f", line: 5, column: 5))
        #expect(text.location(at: 7) == SourceLocation(file: "f", line: 5, column: 9))
        #expect(text.isFromEnvironment && !LocatedText("a", at: start).isFromEnvironment)
    }
}

import PostgresClient
import Testing

struct QuotingTests {
    @Test(arguments: [
        ("plain", "\"plain\""), ("with \"quotes\"", "\"with \"\"quotes\"\"\""), ("dot.ted", "\"dot.ted\""),
        ("back\\slash", "\"back\\slash\""), ("ünïcode", "\"ünïcode\""),
    ])
    func aNameIsQuotedByDoublingQuotes(name: String, quoted: String) throws {
        #expect(try Quoting.quoted(identifier: name) == quoted)
    }

    @Test func aLiteralIsQuotedByDoublingQuotes() throws {
        #expect(try Quoting.quoted(literal: "it's \\ \"") == "'it''s \\ \"'")
    }

    @Test func aQuoteWithACombiningMarkIsStillDoubled() throws {
        #expect(try Quoting.quoted(identifier: "a\"\u{301}b").unicodeScalars.filter { $0 == "\"" }.count == 4)
    }

    @Test(arguments: ["", "a\u{0}b"])
    func aNameThatPostgresCannotHoldIsRefused(name: String) {
        #expect(throws: PostgresError.self) { try Quoting.quoted(identifier: name) }
    }
}

import Testing

@testable import PostgresClient

struct PostgresErrorTests {
    @Test(arguments: ["22P02", "22003", "23505", "42601", "P0001", "XX000", "22023", "38000", ""])
    func sentencesThatMayQuoteRowsOrStatementsAreNotKept(code: String) {
        #expect(!SQLState(rawValue: code).hasSafeMessage)
    }

    @Test(arguments: ["28P01", "3D000", "42501", "42704", "55006", "55000", "57P01", "53300", "58P01", "0A000"])
    func sentencesOfNamesAndSettingsAreKept(code: String) {
        #expect(SQLState(rawValue: code).hasSafeMessage)
    }

    @Test(arguments: [
        ("FATAL:  28P01: password authentication failed for user \"u\"\nLOCATION:  x", "28P01"),
        ("connection to server at \"h\", port 1 failed: FEHLER:  3D000: Datenbank »x« fehlt", "3D000"),
        ("ERROR:  55006: a: b:  c", "55006"),
    ])
    func theCodeIsFoundWhateverTheLanguage(text: String, code: String) throws {
        let report = try #require(ServerReport(text))
        #expect(report.code?.rawValue == code)
        #expect(text.contains(report.message))
        #expect(!report.message.contains("LOCATION"))
    }

    @Test(arguments: ["", "could not translate host name \"x\"", "a:  b", "FATAL:  28p01: lower", "FATAL:  28P0"])
    func aTextWithoutACodeHasNone(text: String) {
        #expect(ServerReport(text) == nil)
    }

    @Test func settingsSayNothingOfTheirSecret() {
        let settings = ConnectionSettings("postgresql://u:hunter2@h/d")
        for text in ["\(settings)", String(reflecting: settings), String(describing: Optional(settings))] {
            #expect(!text.contains("hunter2"))
        }
    }
}

import Randomness
import Change
import Testing

@testable import Pipelines

@Suite struct TableNameTextTests {
    @Test func whatIsWrittenIsReadBack() throws {
        var random = SeededNumbers(seed: 3)
        let letters = Array("abcXYZ019_-$.\" äé漢\u{1F600}'\\".unicodeScalars)
        for _ in 0..<2_000 {
            func part() -> String {
                var view = String.UnicodeScalarView()
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    view.append(letters.randomElement(using: &random)!)
                }
                return String(view)
            }
            let table = TableName(namespace: part(), name: part())
            #expect(try TableNameText.parse(TableNameText.text(of: table)) == table)
        }
    }

    @Test(arguments: [
        ("users", 0), ("a.b.c", 0), ("a.", 2), (".a", 0), ("a b.c", 1), ("a.\"b", 2), ("a.\"\"", 2), ("", 0),
        ("a.b c", 3),
        ("a.b;", 3), ("a.'b'", 2),
    ])
    func whatIsNoTableSaysWhere(text: String, offset: Int) {
        do {
            _ = try TableNameText.parse(text)
            Issue.record("\(text) was taken")
        } catch {
            #expect(error.offset == offset)
        }
    }
}

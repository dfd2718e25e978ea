import Connector
import Testing

@testable import Pipelines

@Suite struct ScalarPlacesTests {
    private static let texts = [
        "status = 'active'", "it''s \\ odd", "ünïcödé = 'ß' and a > 1", "a\nb", "a\n\n\nb c", "say \"x\" and \"y\"",
        "tab\there",
        "a  b   c", "long words that stand on several lines of the file one after the other", "'", "x\u{1F600}y = 1",
        "e\u{301} = 1",
    ]

    private func check(_ written: String, _ text: String) throws {
        let file = "key:\n  inner: \(written)\n"
        var problems = Problems()
        let root = try #require(YAMLComposer.compose(Array(file.utf8), file: "f", problems: &problems))
        guard case .mapping(let outer) = root.content, case .mapping(let inner)? = outer.first?.value.content,
            case .scalar(let scalar)? = inner.first?.value.content
        else {
            Issue.record("the text is not where it should be")
            return
        }
        #expect(scalar.text.value == text)
        let lines = YAMLText(file)
        for (offset, character) in Array(text.unicodeScalars).enumerated() where !YAMLText.isWhitespace(character) {
            let place = scalar.text.location(at: offset)
            let index = try #require(lines.index(line: place.line, column: place.column))
            let found = lines.scalars[index]
            #expect(found == character || found == "\\", "\(written.debugDescription) at \(offset)")
        }
    }

    @Test(arguments: texts)
    func everyCharacterOfADoubleQuotedTextIsFound(text: String) throws {
        let escaped = text.unicodeScalars.map { scalar -> String in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case "\n": "\\n"
            case "\t": "\\t"
            case "ü": "\\xfc"
            case "ß": "\\u00df"
            case "\u{1F600}": "\\U0001F600"
            default: String(scalar)
            }
        }.joined()
        try check("\"\(escaped)\"", text)
        try check(
            "\"\(escaped.replacing(" ", with: "\n      "))\"",
            text.replacing("  ", with: " ").replacing("  ", with: " "), when: !text.contains("  "))
        try check("\"\(escaped.replacing("e", with: "\\\n    e"))\"", text)
    }

    private func check(_ written: String, _ text: String, when condition: Bool) throws {
        if condition { try check(written, text) }
    }

    @Test(arguments: texts)
    func everyCharacterOfASingleQuotedTextIsFound(text: String) throws {
        guard !text.contains("\n") else { return try check("'a'", "a") }
        try check("'\(text.replacing("'", with: "''"))'", text)
        if !text.contains("  ") {
            try check(
                "'\(text.replacing("'", with: "''").replacing(" ", with: "\n\n    ").replacing("\n\n", with: "\n"))'",
                text)
        }
    }

    @Test(arguments: texts)
    func everyCharacterOfABlockIsFound(text: String) throws {
        let indented = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.isEmpty ? "" : "    \($0)"
        }
        .joined(separator: "\n")
        try check("|-\n\(indented)", text)
        try check("|  # why\n\(indented)", text + "\n")
        guard !text.contains("\n"), !text.contains("  ") else { return }
        try check(">-\n    \(text.replacing(" ", with: "\n    "))", text)
    }

    @Test func everyCharacterOfAPlainTextIsFound() throws {
        try check("status = active", "status = active")
        try check("a\n    = 'b'\n\n    and c", "a = 'b'\nand c")
        try check("  spaced   out  # why", "spaced   out")
        try check("ünïcödé > 1", "ünïcödé > 1")
    }

    @Test func environmentVariablesKeepThePlacesBehindThem() throws {
        let text = LocatedText("a ${X} b $${c} ${Y:-de} f", at: SourceLocation(file: "f", line: 3, column: 5))
        var problems = Problems()
        let environment = EnvironmentVariables(values: ["X": "long value"])
        let expanded = try #require(environment.expand(text, problems: &problems))
        #expect(expanded.value == "a long value b ${c} de f")
        #expect(expanded.isFromEnvironment)
        #expect(expanded.location(at: 0).column == 5)
        #expect(expanded.location(at: 5).column == 7)
        #expect(expanded.location(at: 13).column == 12)
        #expect(expanded.location(at: 15).column == 15)
        #expect(expanded.location(at: 20).column == 20)
        #expect(expanded.location(at: 23).column == 29)
    }

    @Test func whatIsPutInIsNotReadAgain() throws {
        var problems = Problems()
        let environment = EnvironmentVariables(values: ["A": "${B}", "B": "b", "E": ""])
        func expand(_ text: String) -> String? {
            environment.expand(
                LocatedText(text, at: SourceLocation(file: "f", line: 1, column: 1)), problems: &problems)?.value
        }
        #expect(expand("${A}") == "${B}")
        #expect(expand("${E:-x}") == "x")
        #expect(expand("${N:-}") == "")
        #expect(expand("${N:-${B}}") == "${B}")
        #expect(expand("$B $ ${B}$") == "$B $ b$")
        #expect(problems.errors.isEmpty)
        #expect(expand("${E}") == nil && expand("${B-x}") == nil && expand("${}") == nil)
        #expect(problems.errors.count == 3)
    }
}

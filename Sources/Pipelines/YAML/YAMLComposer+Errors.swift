internal import Connector
internal import Yams

extension YAMLComposer {
    /// What is wrong with the file's YAML, in this project's words, without the lines that Yams would quote.
    func diagnostic(of error: any Error, at start: SourceLocation) -> Diagnostic {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            let reason = context.map { "\(trimmed($0.text)), \(problem)" } ?? problem
            return Diagnostic(.error, at: location(of: mark), "not valid YAML: \(reason)", hint: hint(for: problem))
        case .composer(_, let problem, let mark, _):
            if problem.contains("another document") {
                return Diagnostic(
                    .error, at: location(of: mark), "a second document begins here; a pipeline file holds one",
                    hint: "put each pipeline into a file of its own")
            }
            return Diagnostic(.error, at: location(of: mark), "not valid YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            return duplicate(keys.first ?? "", firstAt: context.mark)
        case .reader(let problem, _, _, _):
            return Diagnostic(.error, at: start, "not valid YAML: \(problem)")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded, nil:
            return Diagnostic(.error, at: start, "the file cannot be read as YAML")
        }
    }

    /// Yams says where a key stands first; the second place is the next line with the same key at the same column,
    /// before the mapping ends.
    private func duplicate(_ key: String, firstAt mark: Mark) -> Diagnostic {
        var line = mark.line + 1
        while line <= text.lineCount, let isSecond = isKey(key, line: line, column: mark.column) {
            if isSecond {
                return Diagnostic(
                    .error, at: SourceLocation(file: file, line: line, column: mark.column),
                    "the key \(key) stands here a second time", hint: "the first is in line \(mark.line)")
            }
            line += 1
        }
        return Diagnostic(.error, at: location(of: mark), "the key \(key) stands more than once in this mapping")
    }

    /// Whether the line has the key at the column; nil where the line ends the mapping of that column.
    private func isKey(_ key: String, line: Int, column: Int) -> Bool? {
        guard let lineStart = text.index(line: line, column: 1) else { return false }
        var index = lineStart
        while index < text.scalars.count, text.scalars[index] == " " { index += 1 }
        guard index < text.scalars.count, !YAMLText.isLineBreak(text.scalars[index]), text.scalars[index] != "#" else {
            return false
        }
        let indentation = index - lineStart + 1
        guard indentation >= column else { return nil }
        guard indentation == column else { return false }
        let written = text.scalars[index...].prefix { $0 != ":" && !YAMLText.isLineBreak($0) }
        let name = written.filter { $0 != "\"" && $0 != "'" && $0 != " " }
        return name.elementsEqual(key.unicodeScalars.filter { $0 != "\"" && $0 != "'" && $0 != " " })
    }

    private func hint(for problem: String) -> String? {
        if problem.contains("tab") { return "indent with spaces" }
        if problem.contains("cannot start any token") { return "put the text into quotes" }
        if problem.contains("mapping values are not allowed") {
            return "check the indentation; a text with ': ' in it needs quotes"
        }
        return nil
    }

    private func trimmed(_ context: String) -> String {
        var context = Substring(context)
        while let last = context.last, last.isWhitespace || last == "," { context.removeLast() }
        return String(context)
    }
}

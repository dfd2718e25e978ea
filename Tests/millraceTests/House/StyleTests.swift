import Testing

/// Rules of CONTRIBUTING.md that a machine can read.
struct StyleTests {
    let sources: [SourceTree.File]
    let tests: [SourceTree.File]

    init() throws {
        sources = try SourceTree.files(under: "Sources")
        tests = try SourceTree.files(under: "Tests")
    }

    @Test func noFileIsLongerThanItMayBe() {
        for file in sources + tests {
            #expect(file.lines.count <= 600, "\(file.path) has \(file.lines.count) lines")
        }
    }

    @Test func nothingIsForcedOutsideTests() throws {
        let forced = try Regex(#"\btry!|\bas! |[A-Za-z0-9_)\]]!(?!=)[\s.,()\[\]?]|[A-Za-z0-9_)\]]!$"#)
        for file in sources {
            for (line, text) in file.code where Self.withoutTexts(text).contains(forced) {
                Issue.record("\(file.path):\(line): \(text)")
            }
        }
    }

    @Test func tasksBeginOnlyAtTheCompositionRoot() throws {
        let detached = try Regex(#"\bTask(\.detached)?\s*(\([^)]*\)\s*)?\{"#)
        for file in sources where file.target != "millrace" {
            for (line, text) in file.code where text.contains(detached) {
                Issue.record("\(file.path):\(line): \(text)")
            }
        }
    }

    @Test func whoeverClaimsSendabilitySaysWhatProtectsIt() {
        for file in sources {
            for (line, text) in file.code where text.contains("@unchecked Sendable") {
                let isExplained = line > 1 && file.lines[line - 2].contains("//")
                #expect(isExplained, "\(file.path):\(line): no comment names the lock or thread")
            }
        }
    }

    @Test func everyUnsafeLineSaysWhyItIsSafe() throws {
        let unsafe = try Regex(#"unsafeBitCast|withUnsafe[A-Z]\w*|assumingMemoryBound|bindMemory|UnsafePointer\("#)
        for file in sources
        where !["Wire", "Threads", "PostgresClient", "MongoClient", "RedisCodec"].contains(file.target) {
            for (line, text) in file.code where text.contains(unsafe) {
                let above = file.lines[max(0, line - 5)..<line]
                #expect(above.contains { $0.contains("// SAFETY:") }, "\(file.path):\(line): \(text)")
            }
        }
    }

    @Test func onlyTheCommandLineAndTheSinkNamedSoWriteToStandardOutput() throws {
        let printing = try Regex(#"\b(debugPrint|print|dump|puts|NSLog)\("#)
        for file in sources where file.target != "millrace" && !file.path.contains("/Stdout/") {
            for (line, text) in file.code where text.contains(printing) && !text.contains("func print(") {
                Issue.record("\(file.path):\(line): \(text)")
            }
        }
    }

    @Test func theCodeSpeaksOfTheProblemAndNotOfHowItWasMade() throws {
        // In pieces, so that this file does not hold what it looks for.
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "/ro" + "ot/", "/wo" + "rk/", "/tmp/" + "w/"]
        let made = try Regex("\\b(issue #[0-9]+|" + "cla" + "ude|" + "chat" + "gpt|" + "language mod" + "el)")
            .ignoresCase()
        let texts = try SourceTree.files(under: ".", endings: ["md"]).filter { !$0.path.hasPrefix("./.build") }
        for file in sources + tests + texts {
            for (index, text) in file.lines.enumerated() {
                let isClean = !words.contains { text.contains($0) } && !text.contains(made)
                #expect(isClean, "\(file.path):\(index + 1): \(text)")
            }
        }
    }

    @Test func everyImportSaysHowFarItReaches() {
        for file in sources {
            for (line, _) in file.imports {
                let words = file.lines[line - 1].split(separator: " ")
                let isExplicit = words.first.map {
                    ["public", "package", "internal"].contains($0) || $0.hasPrefix("@")
                }
                #expect(isExplicit == true, "\(file.path):\(line): \(file.lines[line - 1])")
            }
        }
    }

    /// A line without what stands in its string literals.
    private static func withoutTexts(_ line: Substring) -> String {
        var isInside = false
        var isEscaped = false
        var result = ""
        for character in line {
            if isInside {
                if isEscaped {
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == "\"" {
                    isInside = false
                }
            } else {
                if character == "\"" { isInside = true }
                if result.hasSuffix("/") && character == "/" { break }
                result.append(character)
            }
        }
        return result
    }
}

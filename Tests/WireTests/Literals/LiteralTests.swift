import Randomness
import Testing
import Wire

@Suite struct LiteralTests {
    @Test func anArrayOfAnyTextsComesBackFromItsLiteral() throws {
        var generator = SeededNumbers(seed: 14)
        for _ in 0..<10_000 {
            let elements = (0..<Int.random(in: 0...5, using: &generator)).map { _ in randomElement(&generator) }
            #expect(try elementsOfArray(arrayLiteral(elements)) == elements)
        }
    }

    @Test func aCompositeOfAnyTextsComesBackFromItsLiteral() throws {
        var generator = SeededNumbers(seed: 15)
        for _ in 0..<10_000 {
            let fields = (0..<Int.random(in: 1...5, using: &generator)).map { _ in randomElement(&generator) }
            let literal = "(" + fields.map { $0.map { doubledQuotes($0) } ?? "" }.joined(separator: ",") + ")"
            #expect(try fieldsOfComposite(literal) == fields)
        }
    }

    @Test func aRangeOfAnyTextsComesBackFromItsLiteral() throws {
        var generator = SeededNumbers(seed: 16)
        for _ in 0..<10_000 {
            let (lower, upper) = (randomElement(&generator), randomElement(&generator))
            let literal =
                "[" + (lower.map { doubledQuotes($0) } ?? "") + "," + (upper.map { doubledQuotes($0) } ?? "") + ")"
            let range = try RangeLiteral(literal.utf8.span)
            #expect(resolved(range.lower, literal) == lower)
            #expect(resolved(range.upper, literal) == upper)
            #expect(range.includesLower && !range.includesUpper && !range.isEmpty)
        }
    }

    @Test func boundsAreRead() throws {
        let array = try ArrayLiteral("[0:1][-5:-4]={{1,2},{3,4}}".utf8.span)
        #expect(array.lowerBounds == [0, -5])
    }

    @Test func mutatedLiteralsThrowOrRead() {
        var generator = SeededNumbers(seed: 17)
        let seeds = [
            #"[0:1][-1:0]={{1,"a\"b"},{NULL,"c\\d"}}"#, #"(1,"a ""b""\\",,"","{1,2}","(1,""x y"")")"#,
            #"{["2026-01-01 00:00:00","2026-02-01 00:00:00"),[,"a""b"]}"#, #"["a\\b",infinity)"#,
            "{{{1},{2}},{{3},{4}}}",
        ].map { Array($0.utf8) }
        for _ in 0..<100_000 {
            let bytes = mutated(seeds.randomElement(using: &generator) ?? [], &generator)
            let literal = String(decoding: bytes, as: UTF8.self)
            _ = try? elementsOfArray(literal)
            _ = try? fieldsOfComposite(literal)
            if let range = try? RangeLiteral(literal.utf8.span) { _ = resolved(range.lower, literal) }
            if var ranges = try? MultirangeLiteral(literal.utf8.span) {
                while let range = try? ranges.next() { _ = resolved(range.upper, literal) }
            }
        }
    }

    private func elementsOfArray(_ literal: String) throws -> [String?] {
        var array = try ArrayLiteral(literal.utf8.span)
        var elements: [String?] = []
        while let token = try array.next() {
            switch token {
            case .open, .close: break
            case .null: elements.append(nil)
            case .element(let item): elements.append(resolved(item, literal))
            }
        }
        return elements
    }

    private func fieldsOfComposite(_ literal: String) throws -> [String?] {
        var composite = try CompositeLiteral(literal.utf8.span)
        var fields: [String?] = []
        while let field = try composite.next() {
            switch field {
            case .null: fields.append(nil)
            case .value(let item): fields.append(resolved(item, literal))
            }
        }
        return fields
    }

    private func resolved(_ item: LiteralItem?, _ literal: String) -> String? {
        guard let item else { return nil }
        let text = literal.utf8.span
        guard item.isEscaped else { return String(decoding: text.extracting(item.range)) }
        return String(decoding: text.unescaped(item), as: UTF8.self)
    }

    private func randomElement(_ generator: inout SeededNumbers) -> String? {
        let alphabet: [Character] = ["a", "1", " ", "\"", "\\", ",", "{", "}", "(", ")", "[", "]", "é", "\n"]
        switch generator.next() % 8 {
        case 0: return nil
        case 1: return "NULL"
        case 2: return ""
        default:
            let length = Int.random(in: 1...8, using: &generator)
            return String((0..<length).map { _ in alphabet.randomElement(using: &generator) ?? "a" })
        }
    }

    /// As `array_out` writes: quoted where the element is empty, `NULL`, or holds a special character.
    private func arrayLiteral(_ elements: [String?]) -> String {
        let items = elements.map { element in
            guard let element else { return "NULL" }
            let isPlain =
                !element.isEmpty && element.lowercased() != "null" && element.allSatisfy { "a1é()[]".contains($0) }
            return isPlain ? element : "\"" + element.flatMap { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" } + "\""
        }
        return "{" + items.joined(separator: ",") + "}"
    }

    /// As `record_out` and `range_out` write: quoted where empty or special, quotes and backslashes doubled.
    private func doubledQuotes(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.allSatisfy { "a1éNUL{}".contains($0) }
        return isPlain ? text : "\"" + text.flatMap { $0 == "\"" || $0 == "\\" ? "\($0)\($0)" : "\($0)" } + "\""
    }
}

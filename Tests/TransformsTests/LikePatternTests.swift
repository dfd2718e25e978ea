import Randomness
import Testing

@testable import Transforms

@Suite struct LikePatternTests {
    /// The definition of `like`, tried in every way.
    private func matches(_ text: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool {
        guard let sign = pattern.first else { return text.isEmpty }
        switch sign {
        case "%": return (0...text.count).contains { matches(text.dropFirst($0), pattern.dropFirst()) }
        case "_": return !text.isEmpty && matches(text.dropFirst(), pattern.dropFirst())
        case "\\":
            guard let next = pattern.dropFirst().first else { return false }
            return text.first == next && matches(text.dropFirst(), pattern.dropFirst(2))
        default: return text.first == sign && matches(text.dropFirst(), pattern.dropFirst())
        }
    }

    @Test func matchingAgreesWithTheDefinition() throws {
        var random = SeededNumbers(seed: 9)
        let letters: [Character] = ["a", "b", "ä", "\u{1F600}", "%", "_"]
        let signs: [Character] = ["a", "b", "ä", "\u{1F600}", "%", "%", "_", "\\"]
        for _ in 0..<20_000 {
            let text = (0..<random.below(8)).map { _ in random.pick(letters) }
            let pattern = (0..<random.below(7)).map { _ in random.pick(signs) }
            guard let compiled = try? LikePattern(String(pattern), escape: "\\", ignoresCase: false) else { continue }
            let bytes = Array(String(text).utf8)
            let isMatch = compiled.matches(bytes.span)
            #expect(
                isMatch == matches(text[...], pattern[...]), "\(String(text)) \(String(pattern))")
        }
    }

    @Test func aHostilePatternTakesTimeInProportionToTheText() throws {
        let pattern = try LikePattern(String(repeating: "%a", count: 100) + "%b", escape: "\\", ignoresCase: false)
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 200_000)
        let isMatch = pattern.matches(text.span)
        #expect(!isMatch)
    }
}

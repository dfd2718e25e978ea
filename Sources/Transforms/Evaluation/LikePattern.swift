internal import Wire

/// A pattern of `like`: `%` stands for any run of characters, `_` for one.
///
/// Matching goes over the text once, and at the most once more for each byte of the pattern, whose length is capped.
struct LikePattern: Sendable {
    /// How many bytes a pattern has at the most.
    static let bytesMax = 256

    private enum Element: Equatable, Sendable {
        case byte(UInt8)
        case anyCharacter
        case anyRun
    }

    private let elements: [Element]
    private let ignoresCase: Bool

    /// What is wrong with a pattern.
    enum Malformed: Error, Equatable {
        case tooLong
        case endsWithEscape
    }

    /// - Parameter escape: the character that makes the next one stand for itself; nil for none.
    init(_ pattern: String, escape: Character?, ignoresCase: Bool) throws(Malformed) {
        var elements: [Element] = []
        var isEscaped = false
        guard pattern.utf8.count <= Self.bytesMax else { throw .tooLong }
        for character in ignoresCase ? pattern.lowercased().unicodeScalars : pattern.unicodeScalars {
            if isEscaped {
                elements += Array(String(character).utf8).map { .byte($0) }
                isEscaped = false
            } else if let escape, Character(character) == escape {
                isEscaped = true
            } else if character == "%" {
                if elements.last != .anyRun { elements.append(.anyRun) }
            } else if character == "_" {
                elements.append(.anyCharacter)
            } else {
                elements += Array(String(character).utf8).map { .byte($0) }
            }
        }
        guard !isEscaped else { throw .endsWithEscape }
        self.elements = elements
        self.ignoresCase = ignoresCase
    }

    /// Whether the whole text matches.
    func matches(_ text: Span<UInt8>) -> Bool {
        guard ignoresCase else { return matchesExactly(text) }
        let lowercased = Array(String(decoding: text).lowercased().utf8)
        return matchesExactly(lowercased.span)
    }

    /// Goes forward with the text; on a mismatch it goes back to the last run and lets it take one byte more.
    private func matchesExactly(_ text: Span<UInt8>) -> Bool {
        var position = 0
        var element = 0
        var run: (element: Int, position: Int)?
        while position < text.count {
            if element < elements.count, elements[element] == .anyRun {
                run = (element, position)
                element += 1
            } else if element < elements.count, let next = step(elements[element], text, position) {
                position = next
                element += 1
            } else if let last = run {
                run = (last.element, last.position + 1)
                position = last.position + 1
                element = last.element + 1
            } else {
                return false
            }
        }
        return elements[element...].allSatisfy { $0 == .anyRun }
    }

    /// The position after what an element matches, nil where it does not.
    @inline(__always)
    private func step(_ element: Element, _ text: Span<UInt8>, _ position: Int) -> Int? {
        switch element {
        case .byte(let byte): return text[position] == byte ? position + 1 : nil
        case .anyRun: return nil
        case .anyCharacter:
            guard text[position] & 0xC0 != 0x80 else { return nil }
            var end = position + 1
            while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
            return end
        }
    }
}

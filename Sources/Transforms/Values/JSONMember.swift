internal import Wire

/// The members of JSON text that `->` and `->>` read.
enum JSONMember {
    /// A member of an object or an element of an array: its JSON, or its text where `asText`. Nil where there is none,
    /// and for a JSON null as text. The last of several members with one name counts.
    static func value(
        _ key: SyntaxNode.MemberKey, of text: Span<UInt8>, asText: Bool
    ) throws(EvaluationError) -> [UInt8]? {
        let found: Range<Int>?
        do throws(WireError) {
            found = try range(key, of: text)
        } catch {
            throw .notA("json")
        }
        guard let found else { return nil }
        let value = text.extracting(found)
        guard asText else { return ExpressionText.bytes(value) }
        if value.isEqual(to: "null") { return nil }
        guard value[0] == UInt8(ascii: "\"") else { return ExpressionText.bytes(value) }
        return unescaped(value.extracting(1..<value.count - 1))
    }

    private static func range(_ key: SyntaxNode.MemberKey, of text: Span<UInt8>) throws(WireError) -> Range<Int>? {
        var scanner = JSONScanner(text)
        switch (key, try? scanner.peek()) {
        case (.name(let name), UInt8(ascii: "{")):
            let wanted = Array(name.utf8)
            var found: Range<Int>?
            try scanner.enterObject()
            while let name = try scanner.nextKey() {
                let value = try scanner.skipValue()
                if unescaped(text.extracting(name)) == wanted { found = value }
            }
            return found
        case (.index(let number), UInt8(ascii: "[")):
            try scanner.enterArray()
            var before = number
            while try scanner.nextElement() {
                let value = try scanner.skipValue()
                if before == 0 { return value }
                before -= 1
            }
            return nil
        default: return nil
        }
    }

    private static func unescaped(_ raw: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.append(unescapingJSON: raw, replacingHalves: true)
        return text
    }
}

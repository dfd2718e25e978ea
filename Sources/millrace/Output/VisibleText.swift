/// Text from somewhere else, such as a table's name, made fit for a terminal and for a line of a log.
enum VisibleText {
    /// The text with everything that a terminal would act on, or that would turn the writing around, in escaped form:
    /// `\u001b`, which is what JSON calls it too. Line ends and tabs stay.
    static func of(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isActing) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isActing(scalar) {
                let digits = String(scalar.value, radix: 16)
                result.append(
                    contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    private static func isActing(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        // Control characters, the second set of them included, and other ends of lines.
        case 0x00..<0x20, 0x7F...0x9F, 0x2028, 0x2029: true
        // Marks, embeddings, overrides and isolates of the direction.
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

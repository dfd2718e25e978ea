/// The text form of a one-dimensional array, for a parameter such as `$1::text[]`.
enum ArrayLiteral {
    static func text(_ elements: [String]) -> String {
        "{" + elements.map(quoted).joined(separator: ",") + "}"
    }

    private static func quoted(_ element: String) -> String {
        var text = String.UnicodeScalarView("\"".unicodeScalars)
        for scalar in element.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { text.append("\\") }
            text.append(scalar)
        }
        text.append("\"")
        return String(text)
    }
}

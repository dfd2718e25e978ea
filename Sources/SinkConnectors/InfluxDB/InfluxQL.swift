/// The texts of InfluxQL: names and values are quoted, and nothing else is ever put into a statement.
enum InfluxQL {
    static func name(_ text: String) -> String { quoted(text, by: "\"") }

    static func text(_ text: String) -> String { quoted(text, by: "'") }

    private static func quoted(_ text: String, by quote: Character) -> String {
        var result = String(quote)
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where Character(character) == quote:
                result += "\\"
                result.unicodeScalars.append(character)
            default: result.unicodeScalars.append(character)
            }
        }
        result.append(quote)
        return result
    }
}

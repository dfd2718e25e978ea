internal import Change

/// The written form of table names: `namespace.name`, with double quotes around a part that has other characters than
/// letters, digits, `_`, `-` and `$`. Letters keep their case.
enum TableNameText {
    /// What is wrong with a name, and where in it.
    struct Malformed: Error, Equatable {
        var message: String
        /// Counted in Unicode scalars.
        var offset: Int
    }

    static func parse(_ text: String) throws(Malformed) -> TableName {
        let scalars = Array(text.unicodeScalars)
        var parts: [String] = []
        var index = 0
        repeat {
            if !parts.isEmpty { index += 1 }
            parts.append(try part(scalars, at: &index))
        } while index < scalars.count && scalars[index] == "."
        guard index == scalars.count else {
            throw Malformed(
                message: "a name has letters, digits, _, - and $, or stands in double quotes", offset: index)
        }
        guard parts.count == 2 else {
            let message = parts.count == 1 ? "the name lacks its namespace" : "the name has \(parts.count) parts"
            throw Malformed(message: message, offset: 0)
        }
        return TableName(namespace: parts[0], name: parts[1])
    }

    /// The form that ``parse(_:)`` reads back.
    static func text(of table: TableName) -> String {
        "\(quoted(table.namespace)).\(quoted(table.name))"
    }

    private static func part(_ scalars: [Unicode.Scalar], at index: inout Int) throws(Malformed) -> String {
        let start = index
        var name = String.UnicodeScalarView()
        if index < scalars.count, scalars[index] == "\"" {
            index += 1
            while true {
                guard index < scalars.count else { throw Malformed(message: "the quote is not closed", offset: start) }
                if scalars[index] == "\"" {
                    guard index + 1 < scalars.count, scalars[index + 1] == "\"" else { break }
                    index += 1
                }
                name.append(scalars[index])
                index += 1
            }
            index += 1
        } else {
            while index < scalars.count, isPlain(scalars[index]) {
                name.append(scalars[index])
                index += 1
            }
        }
        guard !name.isEmpty else { throw Malformed(message: "a part of the name is empty", offset: start) }
        return String(name)
    }

    private static func quoted(_ part: String) -> String {
        if !part.isEmpty, part.unicodeScalars.allSatisfy(isPlain) { return part }
        return "\"\(part.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-", "$": true
        default: scalar.value >= 0x80 && scalar.properties.isXIDContinue
        }
    }
}

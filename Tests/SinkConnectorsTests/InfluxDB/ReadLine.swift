import Testing

/// One line of line protocol, read as a server reads it: a place ends at the first separator that nothing escapes.
struct ReadLine {
    var measurement = ""
    var tags: [String: String] = [:]
    /// Text fields without their quotes; all others as they stand.
    var fields: [String: String] = [:]
    var time = ""

    private var rest: ArraySlice<Character>

    init(_ line: String) throws {
        try #require(line.hasSuffix("\n"))
        // A carriage return and a line feed are one Character: scalars are read.
        rest = line.dropLast().unicodeScalars.map { Character($0) }[...]
        measurement = take(until: ", ", escaping: ", ")
        while rest.first == "," {
            rest.removeFirst()
            let name = take(until: "=", escaping: ", =")
            rest.removeFirst()
            tags[name] = take(until: ", ", escaping: ", =")
        }
        try #require(rest.popFirst() == " ")
        repeat {
            let name = take(until: "=", escaping: ", =")
            rest.removeFirst()
            fields[name] = try takeField()
        } while rest.popFirst() == ","
        time = String(rest)
        try #require(Int64(time) != nil)
    }

    private mutating func take(until ends: String, escaping escaped: String) -> String {
        var text = ""
        while let next = rest.first, !ends.contains(next) {
            rest.removeFirst()
            if next == "\\", let after = rest.first, escaped.contains(after) {
                rest.removeFirst()
                text.append(after)
            } else {
                text.append(next)
            }
        }
        return text
    }

    private mutating func takeField() throws -> String {
        guard rest.first == "\"" else { return take(until: ", ", escaping: "") }
        rest.removeFirst()
        var text = String.UnicodeScalarView()
        while let next = rest.popFirst() {
            if next == "\"" { return String(text) }
            let taken = next == "\\" && (rest.first == "\"" || rest.first == "\\") ? rest.removeFirst() : next
            text.append(contentsOf: taken.unicodeScalars)
        }
        throw Unfinished()
    }

    struct Unfinished: Error {}
}

/// Names within statements. Values never stand in one: they are parameters.
enum Cypher {
    /// A label, type or property, quoted.
    static func name(_ text: String) -> String {
        "`" + text.replacing("`", with: "``") + "`"
    }

    /// What is wrong with a name; nil for one that can be quoted.
    ///
    /// Servers before 5 read `\u0060` as a backtick wherever it stands, within quotes too: no backslash is let through.
    static func problem(with name: String) -> String? {
        if name.isEmpty { return "it is empty" }
        if name.utf8.contains(UInt8(ascii: "\\")) { return "it has a backslash in it" }
        if name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return "it has a control character in it" }
        if name.lowercased().hasPrefix("millrace") { return "names that begin with millrace are Millrace's own" }
        if name.utf8.count > 1000 { return "it is longer than 1,000 bytes" }
        return nil
    }
}

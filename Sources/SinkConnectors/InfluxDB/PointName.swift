/// The names of measurements, tags and fields.
enum PointName {
    /// What is wrong with a name; nil where any server takes it.
    static func problem(with name: String) -> String? {
        if name.isEmpty { return "it is empty" }
        if name.hasPrefix("_") { return "names that begin with an underscore are the server's own" }
        if name.utf8.count > 200 { return "it is longer than 200 bytes" }
        if name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return "it has a control character in it" }
        if name.utf8.contains(UInt8(ascii: "\\")) { return "it has a backslash in it" }
        if name.hasPrefix("#") { return "a line that begins with # is a comment" }
        return nil
    }

    /// What is wrong with the name of a tag or a field.
    static func problem(withColumn name: String) -> String? {
        name == "time" ? "`time` is the point's own time" : problem(with: name)
    }
}

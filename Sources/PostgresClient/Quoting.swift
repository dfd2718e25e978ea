/// Names and texts in the form that SQL and the replication protocol's commands take them.
public enum Quoting {
    /// A name in double quotes, any character but NUL allowed.
    ///
    /// - Throws: `configuration` for an empty name or one with a NUL.
    public static func quoted(identifier name: String) throws(PostgresError) -> String {
        guard !name.isEmpty, !name.utf8.contains(0) else {
            throw PostgresError(.configuration, message: "a name is empty or holds a NUL")
        }
        return wrap(name, in: "\"")
    }

    /// `"namespace"."name"`.
    public static func quoted(namespace: String, name: String) throws(PostgresError) -> String {
        let namespace = try quoted(identifier: namespace)
        return try namespace + "." + quoted(identifier: name)
    }

    /// A text in single quotes, as every session of this module reads it (`standard_conforming_strings` is on).
    ///
    /// For replication commands and COPY, which take no parameters; queries bind theirs.
    public static func quoted(literal text: String) throws(PostgresError) -> String {
        guard !text.utf8.contains(0) else {
            throw PostgresError(.configuration, message: "PostgreSQL text holds no NUL")
        }
        return wrap(text, in: "'")
    }

    private static func wrap(_ text: String, in quote: Unicode.Scalar) -> String {
        var result = String.UnicodeScalarView()
        result.append(quote)
        for scalar in text.unicodeScalars {
            if scalar == quote { result.append(quote) }
            result.append(scalar)
        }
        result.append(quote)
        return String(result)
    }
}

/// A place in a configuration file; lines and columns count from one.
public struct SourceLocation: Hashable, Sendable {
    public var file: String
    public var line: Int
    public var column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }
}

extension SourceLocation: CustomStringConvertible {
    public var description: String { "\(file):\(line):\(column)" }
}

/// One finding about a configuration or a server: where, what, and how to mend it.
public struct Diagnostic: Error, Hashable, Sendable {
    public enum Severity: String, Sendable {
        case error
        case warning
        /// Something to know before the first row, such as what a column becomes in a sink.
        case note
    }

    public var severity: Severity
    public var location: SourceLocation?
    public var message: String
    /// How to mend it: the nearest valid name, or a statement to run.
    public var hint: String?

    public init(_ severity: Severity, at location: SourceLocation? = nil, _ message: String, hint: String? = nil) {
        self.severity = severity
        self.location = location
        self.message = message
        self.hint = hint
    }
}

extension Diagnostic: CustomStringConvertible {
    /// `file:line:column: severity: message`, and the hint on a line of its own.
    public var description: String {
        let place = location.map { "\($0): " } ?? ""
        let advice = hint.map { "\n  \($0)" } ?? ""
        return "\(place)\(severity.rawValue): \(message)\(advice)"
    }
}

/// Everything that is wrong with a configuration, all at once.
public struct ConfigurationErrors: Error, Sendable, CustomStringConvertible {
    public let diagnostics: [Diagnostic]

    public init(_ diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics
    }

    public var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}

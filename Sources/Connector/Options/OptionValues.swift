/// The value of an option, already of the kind that its descriptor asks for.
public indirect enum OptionValue: Sendable, Hashable {
    case text(String)
    case secret(Secret)
    case integer(Int)
    case boolean(Bool)
    case duration(Duration)
    case byteCount(Int)
    case list([OptionValue])
    case map([String: OptionValue])
}

/// The options of one connector or mapping as the pipeline file gives them, validated against their descriptors, each
/// with the place it stands at.
public struct OptionValues: Sendable {
    public struct Entry: Sendable {
        public var value: OptionValue
        public var location: SourceLocation

        public init(value: OptionValue, location: SourceLocation) {
            self.value = value
            self.location = location
        }
    }

    private var entries: [String: Entry]
    /// Where the whole block stands.
    public let location: SourceLocation

    public init(_ entries: [String: Entry] = [:], at location: SourceLocation) {
        self.entries = entries
        self.location = location
    }

    public var names: some Collection<String> { entries.keys }

    public subscript(name: String) -> OptionValue? { entries[name]?.value }

    /// Where an option stands, or the whole block where it is absent.
    public func location(of name: String) -> SourceLocation { entries[name]?.location ?? location }

    /// A text, choice, column or template.
    public func text(_ name: String) -> String? {
        if case .text(let text) = self[name] { text } else { nil }
    }

    public func secret(_ name: String) -> Secret? {
        if case .secret(let secret) = self[name] { secret } else { nil }
    }

    public func integer(_ name: String) -> Int? {
        if case .integer(let number) = self[name] { number } else { nil }
    }

    public func boolean(_ name: String) -> Bool? {
        if case .boolean(let flag) = self[name] { flag } else { nil }
    }

    public func duration(_ name: String) -> Duration? {
        if case .duration(let duration) = self[name] { duration } else { nil }
    }

    public func byteCount(_ name: String) -> Int? {
        if case .byteCount(let count) = self[name] { count } else { nil }
    }

    /// A list of texts.
    public func texts(_ name: String) -> [String]? {
        guard case .list(let values) = self[name] else { return nil }
        return values.compactMap { if case .text(let text) = $0 { text } else { nil } }
    }

    /// A map of texts.
    public func textMap(_ name: String) -> [String: String]? {
        guard case .map(let values) = self[name] else { return nil }
        return values.compactMapValues { if case .text(let text) = $0 { text } else { nil } }
    }

    /// An error at an option's place.
    public func error(at name: String, _ message: String, hint: String? = nil) -> Diagnostic {
        Diagnostic(.error, at: location(of: name), message, hint: hint)
    }
}

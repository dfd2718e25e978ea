public import Connector

/// What the reader has to know of a kind of source.
public struct SourceKind: Sendable {
    /// The key under `source:`.
    public var name: String
    public var summary: String
    /// What the source understands beside `tables` and `snapshot`, which the reader itself knows.
    public var options: [OptionDescriptor]

    public init(name: String, summary: String, options: [OptionDescriptor]) {
        self.name = name
        self.summary = summary
        self.options = options.filter { $0.name != "tables" && $0.name != "snapshot" }
    }

    public init(_ factory: any SourceFactory) {
        self.init(name: factory.kind, summary: factory.summary, options: factory.options)
    }
}

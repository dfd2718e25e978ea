public import Change
public import Connector
internal import Wire

/// What a pipeline file says of one sink.
public struct SinkDocument: Sendable {
    /// The key in the list under `sinks:`, such as `redis`.
    public var kind: String
    /// Given by `name:`, else the kind; unique within the pipeline and the same in every run.
    public var name: String
    /// Everything but `name` and `write`.
    public var options: OptionValues
    /// In the file's order; at least one.
    public var writes: [WriteDocument]

    public init(kind: String, name: String, options: OptionValues, writes: [WriteDocument]) {
        self.kind = kind
        self.name = name
        self.options = options
        self.writes = writes
    }
}

/// One entry under `write:`: rows of one table, or messages, shaped, become writes of one form.
public struct WriteDocument: Sendable {
    /// Names the mapping in logs, metrics and the checkpoint store: given by `name:`, else made of the table and the
    /// templates as the file has them, such as `public.users hash user:{id}`. Unique within the sink.
    public var name: String
    /// One of the source's tables, or ``Change/LogicalMessage/table``.
    public var from: Located<TableName>
    /// Which messages the entry takes; nil where it takes a table's rows.
    public var messages: MessagePattern?
    /// What rows of other tables add to a row, before it is transformed.
    public var lookups: [LookupDocument]
    public var transform: TransformSpec
    /// Everything but `from`, `messages`, `name`, `lookup` and the transforms.
    public var options: OptionValues
    /// Changes exactly when what the entry writes does, wherever it stands in the file; equal in every run.
    public var fingerprint: UInt64

    public init(
        name: String, from: Located<TableName>, messages: MessagePattern? = nil,
        lookups: [LookupDocument] = [], transform: TransformSpec, options: OptionValues, fingerprint: UInt64
    ) {
        self.name = name
        self.from = from
        self.messages = messages
        self.lookups = lookups
        self.transform = transform
        self.options = options
        self.fingerprint = fingerprint
    }
}

public import Change

/// How rows of one shape become writes of one sink: compiled once per mapping and schema, then only read.
public protocol RowMapping: AnyObject, Sendable {
    var request: MappingRequest { get }

    /// The columns that the sink key, member, routing and index are made of. They must be covered by the replica
    /// identity, or a delete could not find its target.
    var keyColumns: [Int] { get }

    /// The fields that the key is made of and no document has shown yet; only rows of an open schema have such.
    var unseenKeyFields: [String] { get }

    /// The columns whose cells must be known, not `unchanged`, before a row is written; `keyColumns` included.
    var neededColumns: [Int] { get }

    /// Whether every change is appended by itself, without folding (streams, event series).
    var isAppending: Bool { get }

    /// Whether the rows that a table has already are delivered before and beside its stream. A mapping that appends
    /// gets them as appends of kind `read`; a chunk that is read again after a crash is then appended again.
    var takesSnapshot: Bool { get }

    /// The columns, or the fields in documents with dots between their names, by which the sink reads rows again at the
    /// source by itself, where no look-up adds to them; empty where it does not.
    var rereadColumns: [String] { get }

    /// Appends the bytes that name the row's place in the target: index and id, key and member.
    ///
    /// Two writes with the same bytes are writes of one sink key: they fold, and they travel in one lane.
    func appendKey(of row: Row, to key: inout [UInt8]) throws(KeyError)
}

extension RowMapping {
    /// The rows of a table have no fields beside its columns.
    public var unseenKeyFields: [String] { [] }

    public var rereadColumns: [String] { [] }

    /// A log begins with the stream, unless it says otherwise.
    public var takesSnapshot: Bool { !isAppending }
}

/// Why a row has no key; the row parks.
public enum KeyError: Error, Equatable, CustomStringConvertible {
    case missing(column: String)
    /// The source did not say what the column holds.
    case unknown(column: String)
    case malformed(column: String)

    public var description: String {
        switch self {
        case .missing(let column): "column \(column), which the key is made of, has no value"
        case .unknown(let column):
            "column \(column), which the key is made of, has a value that the source did not give"
        case .malformed(let column): "column \(column), which the key is made of, has a value that cannot be read"
        }
    }
}

/// What a mapping is compiled from.
public final class MappingRequest: Sendable {
    /// Names the mapping in logs, metrics and the checkpoint store: unique within the sink and the same in every run.
    public let name: String
    /// The rows' shape: the source's columns under their own names, and after them the computed ones.
    public let schema: TableSchema
    /// What is written, under the names it is written by, in order.
    public let outputs: [OutputField]
    /// The options of the entry under `write:`, without the transforms.
    public let options: OptionValues
    /// For rows that the sink reads again by itself; nil where they are written as the source gives them.
    public let shaping: (any RowShaping)?

    public init(
        name: String, schema: TableSchema, outputs: [OutputField], options: OptionValues,
        shaping: (any RowShaping)? = nil
    ) {
        self.name = name
        self.schema = schema
        self.outputs = outputs
        self.options = options
        self.shaping = shaping
    }
}

/// One field of what a mapping writes.
public struct OutputField: Sendable, Hashable {
    /// The name in the target, after `rename`.
    public var name: String
    /// Index into ``MappingRequest/schema``.
    public var column: Int

    public init(name: String, column: Int) {
        self.name = name
        self.column = column
    }
}

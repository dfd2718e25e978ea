internal import Change
internal import Connector

/// What a mapping's rows are in Redis.
enum RedisForm: Sendable {
    /// A hash: a field for each output.
    case hash(HashForm)
    /// A text: one JSON document.
    case json(DocumentForm)
    /// A member of a set.
    case set(CollectionForm)
    /// A set of its own: the elements of one array.
    case arraySet(ArraySetForm)
    /// A member of a sorted set.
    case sortedSet(CollectionForm, score: Score)
    /// An entry of a stream for each change.
    case stream(StreamForm)
    /// A key that somebody else writes and that is deleted with every change.
    case invalidation

    /// The names of the options that choose a form.
    static let options = ["hash", "json", "set", "sorted_set", "stream", "delete"]

    struct HashForm: Sendable {
        var fields: [RedisField]
        /// Whether null is a field with an empty text; otherwise it is no field.
        var hasEmptyNulls: Bool
        /// The name of the guard's field.
        var guardFieldName: [UInt8]
        /// The same as an encoded argument.
        var guardField: [UInt8]
        var lifetime: Lifetime
    }

    struct DocumentForm: Sendable {
        var fields: [JSONField]
        var values: JSONForm
        /// Whether null is no member; otherwise it is `null`.
        var omitsNulls: Bool
        /// The column whose value the text is, instead of an object of all.
        var root: ChosenColumn?
        var lifetime: Lifetime
    }

    struct ArraySetForm: Sendable {
        var members: ChosenColumn
        var bytes: CellText.Bytes
        var lifetime: Lifetime
    }

    struct CollectionForm: Sendable {
        var member: CompiledTemplate
        /// Milliseconds; nil for ever.
        var lifetime: Int64?
    }

    struct StreamForm: Sendable {
        var fields: [RedisField]
        var hasEmptyNulls: Bool
        /// The field that names the kind of the change, as an encoded argument.
        var kindField: [UInt8]
        /// How many entries the stream keeps, nearly.
        var lengthMax: Int?
    }
}

/// A column that an option names; of an open schema perhaps one that no document has shown yet.
struct ChosenColumn: Sendable, Hashable {
    var name: String
    var index: Int?
}

/// How long a row lives.
enum Lifetime: Sendable, Hashable {
    case forever
    /// From its last change on.
    case milliseconds(Int64)
    /// Up to the time in a column; for ever where that is null or infinity.
    case until(column: Int)

    /// What is read of the row for it.
    var columns: [Int] {
        if case .until(let column) = self { [column] } else { [] }
    }
}

internal import Change

/// What an expression's value is, as far as calculating with it goes.
enum ValueType: Hashable, Sendable {
    /// `null` by itself: takes the type of whatever stands beside it.
    case unknown
    case boolean
    case integer
    case decimal
    case double
    case text
    /// A label of an enumeration: a text that is compared for equality only.
    case label([String])
    case bytes
    case date
    case time
    case timestamp(hasZone: Bool)
    case uuid
    case json
    /// A value out of a document: its type is told by each row.
    case dynamic
    /// A type that expressions do not look into; the value passes through, and casts to text.
    case opaque(DataType)

    init(_ type: DataType) {
        switch type {
        case .boolean: self = .boolean
        case .int16, .int32, .int64, .uint32, .uint64: self = .integer
        case .float32, .float64: self = .double
        case .decimal: self = .decimal
        case .text: self = .text
        case .bytes: self = .bytes
        case .date: self = .date
        case .time: self = .time
        case .timestamp: self = .timestamp(hasZone: false)
        case .timestampWithZone: self = .timestamp(hasZone: true)
        case .uuid: self = .uuid
        case .json: self = .json
        case .enumeration(let labels): self = .label(labels)
        case .bson: self = .dynamic
        case .money, .timeWithZone, .interval, .bits, .network, .array, .composite, .range, .multirange, .other:
            self = .opaque(type)
        }
    }

    init(_ type: CastType) {
        switch type {
        case .text: self = .text
        case .boolean: self = .boolean
        case .integer: self = .integer
        case .decimal: self = .decimal
        case .double: self = .double
        case .date: self = .date
        case .time: self = .time
        case .timestamp: self = .timestamp(hasZone: false)
        case .timestamptz: self = .timestamp(hasZone: true)
        case .uuid: self = .uuid
        case .json: self = .json
        }
    }

    /// The type of a column that holds such values.
    var dataType: DataType {
        switch self {
        case .boolean: .boolean
        case .integer: .int64
        case .decimal: .decimal(precision: nil, scale: nil)
        case .double: .float64
        case .unknown, .text: .text
        case .label(let labels): .enumeration(labels: labels)
        case .bytes: .bytes
        case .date: .date
        case .time: .time
        case .timestamp(let hasZone): hasZone ? .timestampWithZone : .timestamp
        case .uuid: .uuid
        case .json: .json
        case .dynamic: .bson
        case .opaque(let type): type
        }
    }

    /// How messages name it.
    var inWords: String {
        switch self {
        case .unknown: "null"
        case .boolean: "boolean"
        case .integer: "integer"
        case .decimal: "decimal"
        case .double: "double"
        case .text: "text"
        case .label: "enumeration"
        case .bytes: "bytes"
        case .date: "date"
        case .time: "time"
        case .timestamp(let hasZone): hasZone ? "timestamptz" : "timestamp"
        case .uuid: "uuid"
        case .json: "json"
        case .dynamic: "a document's value"
        case .opaque(let type): type.family
        }
    }

    var isNumber: Bool {
        switch self {
        case .integer, .decimal, .double: true
        default: false
        }
    }

    var isText: Bool {
        switch self {
        case .text, .label: true
        default: false
        }
    }

    /// Whether values are held as the bytes of their text.
    var isHeldAsText: Bool {
        switch self {
        case .text, .label, .bytes, .uuid, .json, .opaque: true
        case .unknown, .boolean, .integer, .decimal, .double, .date, .time, .timestamp, .dynamic: false
        }
    }

    /// The one type that values of both become, or nil where there is none.
    static func unified(_ left: ValueType, _ right: ValueType) -> ValueType? {
        switch (left, right) {
        case _ where left == right: left
        case (.unknown, let other), (let other, .unknown): other
        case (.integer, .decimal), (.decimal, .integer): .decimal
        case (.double, .integer), (.double, .decimal), (.integer, .double), (.decimal, .double): .double
        case (.dynamic, _), (_, .dynamic): .dynamic
        case (.label, .text), (.text, .label), (.label, .label): .text
        case (.date, .timestamp(hasZone: false)), (.timestamp(hasZone: false), .date): .timestamp(hasZone: false)
        default: nil
        }
    }
}

extension DataType {
    /// The type's kind in a word.
    fileprivate var family: String {
        switch self {
        case .money: "money"
        case .timeWithZone: "time with zone"
        case .interval: "interval"
        case .bits: "bit string"
        case .network: "network address"
        case .array: "array"
        case .composite: "composite"
        case .range: "range"
        case .multirange: "multirange"
        default: "unknown type"
        }
    }
}

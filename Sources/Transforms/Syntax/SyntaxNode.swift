/// One node of an expression as it is written, before anything is known of the columns.
struct SyntaxNode: Sendable {
    indirect enum Kind: Equatable, Sendable {
        case null
        case boolean(Bool)
        case number(String)
        case text(String)
        case column(String)
        case negate(SyntaxNode)
        case not(SyntaxNode)
        case binary(BinaryOperator, SyntaxNode, SyntaxNode)
        /// What lies within a document.
        case path(SyntaxNode, [PathStep])
        case isMissing(SyntaxNode, negated: Bool)
        case isNull(SyntaxNode, negated: Bool)
        case isBoolean(SyntaxNode, Bool, negated: Bool)
        case isIn(SyntaxNode, [SyntaxNode], negated: Bool)
        case like(SyntaxNode, pattern: SyntaxNode, escape: SyntaxNode?, ignoresCase: Bool, negated: Bool)
        case between(SyntaxNode, SyntaxNode, SyntaxNode, negated: Bool)
        case call(String, [SyntaxNode])
        case cast(SyntaxNode, CastType)
        case member(SyntaxNode, MemberKey, asText: Bool)
        case choice(operand: SyntaxNode?, cases: [Case], otherwise: SyntaxNode?)
    }

    struct Case: Equatable, Sendable {
        var condition: SyntaxNode
        var result: SyntaxNode
    }

    /// One step into a document or an array.
    enum PathStep: Equatable, Sendable {
        case field(String)
        /// Counted from zero.
        case index(Int)
        /// Every element.
        case all
        /// The elements for which a condition holds.
        case filter(SyntaxNode)
    }

    enum MemberKey: Equatable, Sendable {
        case name(String)
        case index(Int)
    }

    var kind: Kind
    /// Where the node's own sign or first character stands, in Unicode scalars from the start of the expression.
    var offset: Int

    init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }
}

extension SyntaxNode: Equatable {
    /// Two nodes are equal when they say the same, wherever they stand.
    static func == (left: SyntaxNode, right: SyntaxNode) -> Bool { left.kind == right.kind }
}

/// What stands between two operands.
enum BinaryOperator: String, Sendable, CaseIterable {
    case or
    case and
    case equal = "="
    case notEqual = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case distinct = "is distinct from"
    case notDistinct = "is not distinct from"
    case concatenate = "||"
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"
}

/// The types that a value can be cast to.
enum CastType: String, Sendable, CaseIterable {
    case text
    case boolean
    case integer
    case decimal
    case double
    case date
    case time
    case timestamp
    case timestamptz
    case uuid
    case json

    /// The type of a name, in any of the spellings that SQL knows.
    init?(word: String) {
        switch word.lowercased() {
        case "text", "varchar", "string": self = .text
        case "boolean", "bool": self = .boolean
        case "integer", "int", "bigint", "smallint", "int8", "int4", "int2": self = .integer
        case "decimal", "numeric": self = .decimal
        case "double", "float", "float8", "real", "float4": self = .double
        case "date": self = .date
        case "time": self = .time
        case "timestamp": self = .timestamp
        case "timestamptz": self = .timestamptz
        case "uuid": self = .uuid
        case "json", "jsonb": self = .json
        default: return nil
        }
    }
}

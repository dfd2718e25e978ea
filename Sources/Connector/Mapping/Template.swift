public import Change
internal import Wire

/// A text with columns in it, such as `user:{id}`, and with paths into documents, such as `{category.id}`. Braces are
/// doubled to stand for themselves.
public struct Template: Sendable, Hashable {
    public enum Segment: Sendable, Hashable {
        case literal([UInt8])
        case column(String)
    }

    public let segments: [Segment]

    /// - Throws: ``TemplateError`` with the offset of what is wrong.
    public init(parsing text: String) throws(TemplateError) {
        var segments: [Segment] = []
        var literal: [UInt8] = []
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            let isDoubled = index + 1 < bytes.count && bytes[index + 1] == byte
            switch byte {
            case UInt8(ascii: "{") where isDoubled, UInt8(ascii: "}") where isDoubled:
                literal.append(byte)
                index += 2
            case UInt8(ascii: "{"):
                guard let end = bytes[index...].firstIndex(of: UInt8(ascii: "}")) else {
                    throw .unclosedBrace(at: index)
                }
                let name = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
                guard !name.isEmpty else { throw .emptyName(at: index) }
                if !literal.isEmpty { segments.append(.literal(literal)) }
                literal = []
                segments.append(.column(name))
                index = end + 1
            case UInt8(ascii: "}"):
                throw .strayBrace(at: index)
            default:
                literal.append(byte)
                index += 1
            }
        }
        if !literal.isEmpty { segments.append(.literal(literal)) }
        self.segments = segments
    }

    /// The names of the columns in it, in order of appearance.
    public var columns: [String] {
        segments.compactMap { if case .column(let name) = $0 { name } else { nil } }
    }

    /// Binds the template to rows of a shape.
    ///
    /// - Throws: ``TemplateError/unknownColumn(_:)`` for a column that the schema lacks.
    public func compiled(for schema: TableSchema) throws(TemplateError) -> CompiledTemplate {
        var parts: [CompiledTemplate.Part] = []
        for segment in segments {
            switch segment {
            case .literal(let bytes): parts.append(.literal(bytes))
            case .column(let name):
                parts.append(try Self.part(name, of: schema))
            }
        }
        return CompiledTemplate(parts: parts)
    }

    /// A column, or in an open schema a path into one; a field that nobody has seen has no value there.
    private static func part(_ name: String, of schema: TableSchema) throws(TemplateError) -> CompiledTemplate.Part {
        if let index = schema.index(of: name) { return .column(index) }
        guard schema.isOpen else { throw .unknownColumn(name) }
        guard let (field, path) = BSONPath.parse(name) else { throw .badPath(name) }
        guard let index = schema.index(of: field) else { return .absent(name) }
        guard schema.types[index] == .bson else { throw .noDocument(field) }
        return .path(index, path, name)
    }
}

/// What is wrong with a template; offsets count bytes from its start.
public enum TemplateError: Error, Hashable, CustomStringConvertible {
    case unclosedBrace(at: Int)
    case strayBrace(at: Int)
    case emptyName(at: Int)
    case unknownColumn(String)
    case badPath(String)
    case noDocument(String)

    /// Where it is, in bytes from the template's start; nil where it is not in one place.
    public var offset: Int? {
        switch self {
        case .unclosedBrace(let offset), .strayBrace(let offset), .emptyName(let offset): offset
        case .unknownColumn, .badPath, .noDocument: nil
        }
    }

    /// What is wrong, without the place.
    public var reason: String {
        switch self {
        case .unclosedBrace: "the brace is not closed; write {{ for a brace"
        case .strayBrace: "the brace closes nothing; write }} for a brace"
        case .emptyName: "the braces name no column"
        case .unknownColumn(let name): "there is no column \(name)"
        case .badPath(let name): "\(name) is no path to one value, such as category.id or images[0].url"
        case .noDocument(let name): "\(name) is computed and has no fields"
        }
    }

    public var description: String {
        offset.map { "at character \($0 + 1), \(reason)" } ?? reason
    }
}

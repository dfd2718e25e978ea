internal import Connector

/// The pieces that the JSON Schema of pipeline files is made of.
enum SchemaPart {
    static func option(_ descriptor: OptionDescriptor) -> JSONValue {
        let fallback = descriptor.defaultText.map { " Default: \($0)." } ?? ""
        return described(value(of: descriptor.kind), "\(descriptor.summary)\(fallback)")
    }

    private static func value(of kind: OptionDescriptor.Kind) -> JSONValue {
        switch kind {
        case .text, .template, .secret, .column: scalar
        case .integer(let range): integer(range)
        case .boolean: either(.object([("type", .text("boolean"))]), variable, nil)
        case .duration: pattern("^[0-9]+(ms|s|m|h|d)$")
        case .byteCount: pattern("^[0-9]+(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$")
        case .choice(let choices): enumeration(choices, nil)
        case .list(let element): array(of: value(of: element), nil)
        case .map(let element): map(of: value(of: element), nil)
        }
    }

    /// A text with an environment variable in it.
    private static let variable = JSONValue.object([("type", .text("string")), ("pattern", .text("\\$\\{"))])

    /// YAML's numbers and Booleans are taken as texts where a text is wanted.
    static let scalar = JSONValue.object([("type", .list(["string", "number", "boolean"].map { .text($0) }))])

    static func text(_ description: String?) -> JSONValue {
        described(.object([("type", .text("string"))]), description)
    }

    static func integer(_ range: ClosedRange<Int>) -> JSONValue {
        let number = JSONValue.object([
            ("type", .text("integer")), ("minimum", .number(range.lowerBound)), ("maximum", .number(range.upperBound)),
        ])
        return either(number, variable, nil)
    }

    private static func pattern(_ pattern: String) -> JSONValue {
        either(.object([("type", .text("string")), ("pattern", .text(pattern))]), variable, nil)
    }

    static func enumeration(_ choices: [String], _ description: String?) -> JSONValue {
        either(.object([("enum", .list(choices.map { .text($0) }))]), variable, description)
    }

    static func array(of element: JSONValue, _ description: String?) -> JSONValue {
        described(.object([("type", .text("array")), ("minItems", .number(1)), ("items", element)]), description)
    }

    static func map(of element: JSONValue, _ description: String?) -> JSONValue {
        described(
            .object([("type", .text("object")), ("minProperties", .number(1)), ("additionalProperties", element)]),
            description)
    }

    static func either(_ one: JSONValue, _ other: JSONValue, _ description: String?) -> JSONValue {
        described(.object([("anyOf", .list([one, other]))]), description)
    }

    private static func described(_ value: JSONValue, _ description: String?) -> JSONValue {
        guard let description, case .object(let members) = value else { return value }
        return .object([("description", .text(description))] + members)
    }
}

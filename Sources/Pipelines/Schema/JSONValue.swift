internal import Wire

/// A JSON value whose members keep their order, for texts that people read.
indirect enum JSONValue {
    case text(String)
    case number(Int)
    case boolean(Bool)
    case list([JSONValue])
    case object([(String, JSONValue)])

    /// Appends the value indented by two spaces for each level.
    func append(to text: inout [UInt8], level: Int = 0) {
        switch self {
        case .text(let value): text.append(jsonString: value)
        case .number(let value): text.append(decimal: value)
        case .boolean(let value): text.append(literal: value ? "true" : "false")
        case .list(let elements):
            Self.append(elements, "[", "]", to: &text, level: level) { element, text in
                element.append(to: &text, level: level + 1)
            }
        case .object(let members):
            Self.append(members, "{", "}", to: &text, level: level) { member, text in
                text.append(jsonString: member.0)
                text.append(literal: ": ")
                member.1.append(to: &text, level: level + 1)
            }
        }
    }

    private static func append<Element>(
        _ elements: [Element], _ open: StaticString, _ close: StaticString, to text: inout [UInt8], level: Int,
        _ write: (Element, inout [UInt8]) -> Void
    ) {
        text.append(literal: open)
        for (index, element) in elements.enumerated() {
            text.append(literal: index == 0 ? "\n" : ",\n")
            text.append(String(repeating: "  ", count: level + 1))
            write(element, &text)
        }
        if !elements.isEmpty {
            text.append(literal: "\n")
            text.append(String(repeating: "  ", count: level))
        }
        text.append(literal: close)
    }
}

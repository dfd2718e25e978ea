internal import Change
internal import Connector
internal import Wire

/// Which index a row goes to.
enum IndexTarget: Sendable {
    /// The same for every row.
    case fixed(name: String, bytes: [UInt8])
    /// Named by the row, always beginning with `prefix`.
    case byRow(CompiledTemplate, prefix: String)

    /// Adds to `errors` where the template can name no index, and returns nil.
    init?(_ template: CompiledTemplate, values: OptionValues, errors: inout [Diagnostic]) {
        let text = values.text("index") ?? ""
        let literal = Self.literalPrefix(of: text)
        if template.isConstant {
            if let reason = IndexName.problem(with: literal) {
                errors.append(values.error(at: "index", "the index cannot have this name: \(reason)"))
                return nil
            }
            self = .fixed(name: literal, bytes: Array(literal.utf8))
        } else {
            // A row must not be able to name an index of somebody else.
            if literal.isEmpty {
                errors.append(
                    values.error(
                        at: "index", "an index named by a row must begin with a fixed text",
                        hint: "for example `\(values.text("index").map { "rows-\($0)" } ?? "rows")`"))
                return nil
            }
            if let reason = IndexName.problem(with: literal) {
                errors.append(values.error(at: "index", "no index can have a name that begins so: \(reason)"))
                return nil
            }
            self = .byRow(template, prefix: literal)
        }
    }

    var columns: [Int] {
        switch self {
        case .fixed: []
        case .byRow(let template, _): template.columns
        }
    }

    /// The fields that it reads and no document has shown yet.
    var unseen: [String] {
        switch self {
        case .fixed: []
        case .byRow(let template, _): template.unseen
        }
    }

    /// The name, or what every name begins with and a star.
    var pattern: String {
        switch self {
        case .fixed(let name, _): name
        case .byRow(_, let prefix): "\(prefix)*"
        }
    }

    /// The index's name, where it is the same for every row.
    var fixedName: String? {
        if case .fixed(let name, _) = self { name } else { nil }
    }

    func append(_ row: Row, to text: inout [UInt8]) throws(KeyError) {
        switch self {
        case .fixed(_, let bytes): text.append(contentsOf: bytes)
        case .byRow(let template, _): try template.append(row, to: &text)
        }
    }

    private static func literalPrefix(of text: String) -> String {
        guard let template = try? Template(parsing: text), case .literal(let bytes) = template.segments.first else {
            return ""
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

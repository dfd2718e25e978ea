internal import BoltCodec
internal import Change
internal import Connector
internal import Wire

/// How rows of one shape become nodes, or relationships, or what the user's own statement makes of them.
final class Neo4jMapping: RowMapping {
    let request: MappingRequest
    let options: Neo4jMappingOptions
    let form: GraphForm
    let statements: GraphStatements
    /// Names the mapping in what it leaves: versions of one mapping are never another's.
    let tag: String
    /// What is written beside the key.
    let properties: [OutputField]
    /// The columns that tell rows apart.
    let rowColumns: [Int]
    let keyColumns: [Int]
    let neededColumns: [Int]
    private let keyPrefix: [UInt8]

    var isAppending: Bool { false }

    /// What an error names.
    var place: String {
        switch form {
        case .node(let node, _): "\(request.name) (node \(node.label))"
        case .relationship(let type, _, _, _): "\(request.name) (relationship \(type))"
        case .statement: "\(request.name) (statement)"
        }
    }

    /// - Throws: ``ConfigurationErrors`` with the place of each wrong option.
    init(_ request: MappingRequest, pipeline: String) throws {
        var compiler = Neo4jMappingCompiler(request)
        let compiled = try compiler.compile()
        self.request = request
        options = Neo4jMappingOptions(request.options)
        form = compiled.form
        properties = compiled.properties
        rowColumns = compiled.key
        tag = MappingTag.text(of: request.name, in: pipeline)
        statements = GraphStatements(compiled.form, tag: tag)
        keyColumns = Set(rowColumns).sorted()
        switch compiled.form {
        case .node(let node, _):
            neededColumns = Set(rowColumns + properties.map(\.column)).sorted()
            keyPrefix = Array("\(node.label) ".utf8)
        case .relationship(let type, let start, let end, let each):
            let array = each?.array.column.map { [$0] } ?? []
            neededColumns = Set(rowColumns + start.columns + end.columns + array + properties.map(\.column)).sorted()
            keyPrefix = Array("\(type) ".utf8)
        case .statement:
            neededColumns = Set(rowColumns + properties.map(\.column)).sorted()
            keyPrefix = []
        }
    }

    func appendKey(of row: Row, to key: inout [UInt8]) throws(KeyError) {
        key.append(contentsOf: keyPrefix)
        try appendRowKey(of: row, to: &key)
    }

    /// The sink key of what bears an id.
    func key(ofID id: String) -> [UInt8]? {
        guard id.hasPrefix("\(tag):") else { return nil }
        return keyPrefix + Array(id.utf8.dropFirst(tag.utf8.count + 1))
    }

    /// Appends what tells the row apart from others of the mapping: the length of each part, a colon, and its text.
    func appendRowKey(of row: Row, to key: inout [UInt8]) throws(KeyError) {
        for column in rowColumns {
            let name = request.schema.columns[column].name
            guard row.state(column) == .value else {
                throw row.state(column) == .unchanged ? .unknown(column: name) : .missing(column: name)
            }
            var part: [UInt8] = []
            do {
                try row.appendKeyText(column, to: &part)
            } catch {
                throw .malformed(column: name)
            }
            guard UTF8Text.isValid(part.span) else { throw .malformed(column: name) }
            key.append(decimal: part.count)
            key.append(UInt8(ascii: ":"))
            key.append(contentsOf: part)
        }
    }

    /// Appends `tag:key`, which names the row in what Millrace keeps of it.
    func appendID(of row: Row, to text: inout [UInt8]) throws(KeyError) {
        text.append(tag)
        text.append(UInt8(ascii: ":"))
        try appendRowKey(of: row, to: &text)
    }
}

internal import PostgresClient

extension SnapshotRanges {
    /// The condition that holds for exactly the rows of a chunk; nil for all.
    func condition(ofChunk chunk: Int) throws -> String? {
        let bounds: [String]
        switch cut {
        case .whole: return nil
        case .byKey(let columns, let boundaries):
            bounds = Self.bounds(try Self.row(of: columns), try boundaries.map { try Self.row($0, columns) }, chunk)
        case .keys(let columns, _):
            let rows = try keys(ofChunk: chunk)?.keys.map { try Self.row($0, columns) } ?? []
            bounds = [rows.isEmpty ? "false" : "\(try Self.row(of: columns)) IN (\(rows.joined(separator: ", ")))"]
        case .byPage(let boundaries):
            bounds = Self.bounds("ctid", boundaries.map { "'(\($0),0)'::tid" }, chunk)
        }
        return bounds.isEmpty ? nil : bounds.joined(separator: " AND ")
    }

    private static func row(of columns: [KeyColumn]) throws -> String {
        "(\(try columns.map { try Quoting.quoted(identifier: $0.name) }.joined(separator: ", ")))"
    }

    private static func row(_ values: [String], _ columns: [KeyColumn]) throws -> String {
        let literals = try zip(values, columns).map { text, column in
            "\(try Quoting.quoted(literal: text))::\(column.cast)"
        }
        return "(\(literals.joined(separator: ", ")))"
    }

    private static func bounds(_ subject: String, _ boundaries: [String], _ chunk: Int) -> [String] {
        var bounds: [String] = []
        if chunk > 0 { bounds.append("\(subject) >= \(boundaries[chunk - 1])") }
        if chunk < boundaries.count { bounds.append("\(subject) < \(boundaries[chunk])") }
        return bounds
    }
}

internal import BoltCodec
internal import Change
internal import Connector

extension Neo4jSink {
    func check(_ mappings: [any RowMapping]) async -> [Diagnostic] {
        let known = mappings.compactMap { $0 as? Neo4jMapping }
        var findings: [Diagnostic] = []
        if options.address.encryption == .none, !["localhost", "::1"].contains(options.address.host),
            !options.address.host.hasPrefix("127.")
        {
            findings.append(
                Diagnostic(
                    .warning, at: options.urlLocation, "the credentials and every row cross the network in the clear",
                    hint: "use bolt+s:// or neo4j+s://"))
        }
        do {
            let session = try await control.session()
            findings.append(
                Diagnostic(
                    .note, at: options.urlLocation,
                    "the server is \(session.server), over Bolt \(session.connection.version)"))
            findings += try await checkConstraints(known)
            for label in Set(known.flatMap(Self.nodes).map(\.label)).sorted() {
                findings += try await countStubs(label)
            }
        } catch {
            findings.append(Diagnostic(.error, at: options.urlLocation, "\(error)"))
        }
        for mapping in known { findings += Neo4jMappingCheck.findings(mapping) }
        return findings
    }

    private func checkConstraints(_ mappings: [Neo4jMapping]) async throws -> [Diagnostic] {
        let missing = try await missingConstraints(Set(mappings.flatMap(Self.nodes).map(\.withoutColumns)))
        return missing.map { name in
            switch options.constraints {
            case .create:
                Diagnostic(.note, at: options.urlLocation, "a uniqueness constraint on \(name) will be created")
            case .verify: Diagnostic(.error, at: options.urlLocation, "there is no uniqueness constraint on \(name)")
            case .off:
                Diagnostic(
                    .warning, at: options.urlLocation,
                    "without a uniqueness constraint on \(name), every row searches all nodes of the label")
            }
        }
    }

    /// Nodes that relationships need and no row has filled: dangling references, or rows that are still to come.
    private func countStubs(_ label: String) async throws -> [Diagnostic] {
        let records = try await control.ask(
            BoltStatement("MATCH (n:\(Cypher.name(label))) WHERE n.\(GraphStatements.stub) = true RETURN count(n)"))
        guard let count = records.first?.first?.integer, count > 0 else { return [] }
        return [
            Diagnostic(
                .note, at: options.urlLocation,
                "\(count) nodes of \(label) are stubs: relationships hold them, and no row fills them")
        ]
    }
}

/// What each column becomes and what it loses.
enum Neo4jMappingCheck {
    static func findings(_ mapping: Neo4jMapping) -> [Diagnostic] {
        let values = mapping.request.options
        var findings = mapping.properties.map { property in
            let column = mapping.request.schema.columns[property.column]
            return Diagnostic(
                .note, at: values.location,
                "\(column.name) (\(column.sourceType)) becomes property \(property.name), \(words(column.type, mapping.options))"
            )
        }
        if case .relationship(_, let start, let end, let each) = mapping.form {
            for (option, end) in [("start", start), ("end", end)] {
                findings += end.key.filter { $0.value == .absent }.map { unseen(option, $0.property, values) }
            }
            if each?.array == .absent { findings.append(unseen("each", "array", values)) }
        }
        if case .statement = mapping.form {
            findings.append(
                Diagnostic(
                    .note, at: values.location(of: "statement"),
                    "the statement is given each row's states in order, in one transaction with the note that it was"))
        }
        return findings
    }

    private static func unseen(_ option: String, _ what: String, _ values: OptionValues) -> Diagnostic {
        Diagnostic(
            .note, at: values.location(of: option),
            "no document has shown the field yet that `\(option)` takes its \(what) from: until one does, there are no "
                + "relationships")
    }

    private static func words(_ type: DataType, _ options: Neo4jMappingOptions) -> String {
        let otherwise = options.unfit == .text ? "text" : "and the row parks"
        return switch type {
        case .boolean: "a Boolean"
        case .int16, .int32, .int64, .uint32: "an integer"
        case .uint64: "text, since an integer has a sign"
        case .float32, .float64: "a float"
        case .decimal, .money: options.decimals == .text ? "exact text" : "the nearest float"
        case .bytes: "a byte array"
        case .date, .timestamp, .timestampWithZone: "a date or time; infinity is none, \(otherwise)"
        case .time, .timeWithZone: "a time; 24:00 is none, \(otherwise)"
        case .interval: "a duration"
        case .array: "a list; one that is nested or has nulls is none, \(otherwise)"
        case .json, .composite, .range, .multirange: "JSON as text, since a property holds no map"
        case .bson: "what its type gives; documents are none, \(otherwise)"
        default: "text"
        }
    }
}

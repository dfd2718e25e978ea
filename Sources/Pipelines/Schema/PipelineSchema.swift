internal import Connector

/// The JSON Schema (draft 2020-12) of pipeline files, for editors; made from what the connectors say they understand.
public enum PipelineSchema {
    /// The schema as indented JSON text with a newline at its end.
    public static func json(sources: [SourceKind], sinks: [SinkKind]) -> String {
        var text: [UInt8] = []
        document(sources, sinks).append(to: &text)
        return String(decoding: text, as: UTF8.self) + "\n"
    }

    private static func document(_ sources: [SourceKind], _ sinks: [SinkKind]) -> JSONValue {
        let sink = choice(of: sinks.map { ($0.name, self.sink($0)) }, "Where changes are applied.")
        return .object([
            ("$schema", .text("https://json-schema.org/draft/2020-12/schema")),
            ("title", .text("Millrace pipeline")),
            (
                "description",
                .text(
                    "One source, its tables, and the sinks that follow them. Any value may hold ${NAME} or "
                        + "${NAME:-default}, read from the environment.")
            ),
            ("type", .text("object")),
            ("required", .list(["format", "pipeline", "source", "sinks"].map { .text($0) })),
            ("additionalProperties", .boolean(false)),
            (
                "properties",
                .object([
                    ("format", .object([("const", .number(PipelineReader.format))])),
                    ("pipeline", pipelineName),
                    ("source", choice(of: sources.map { ($0.name, source($0)) }, "Where changes are read.")),
                    ("sinks", SchemaPart.array(of: sink, nil)),
                    ("audit", block("Audits that are made unasked.", AuditDocument.options, extra: [])),
                ])
            ),
        ])
    }

    private static let pipelineName = JSONValue.object([
        ("description", .text("Names the pipeline: lower-case letters, digits and hyphens, a letter first.")),
        ("type", .text("string")),
        ("pattern", .text("^([a-z][a-z0-9-]*|.*\\$\\{.*)$")),
        ("maxLength", .number(NameText.lengthMax)),
    ])

    /// An object with exactly one of some keys.
    private static func choice(of kinds: [(String, JSONValue)], _ description: String) -> JSONValue {
        .object([
            ("description", .text(description)),
            ("type", .text("object")),
            ("minProperties", .number(1)),
            ("maxProperties", .number(1)),
            ("additionalProperties", .boolean(false)),
            ("properties", .object(kinds)),
        ])
    }

    private static func source(_ kind: SourceKind) -> JSONValue {
        let snapshot = SchemaPart.enumeration(
            SnapshotMode.allCases.map(\.rawValue),
            "Whether rows that exist before the stream begins are read first. Default: initial.")
        return block(
            kind.summary, kind.options,
            extra: [
                Member("tables", SchemaPart.array(of: tableName, "The tables to read."), isRequired: true),
                Member("snapshot", snapshot),
            ])
    }

    private static func sink(_ kind: SinkKind) -> JSONValue {
        let messages = kind.takesMessages ? [Member(WriteReader.messagesKey, messagePrefix)] : []
        let entry = block(
            nil, kind.mappingOptions,
            extra: [
                Member("from", tableName, isRequired: !kind.takesMessages)
            ] + messages + [
                Member(
                    "name",
                    SchemaPart.text("Names the entry in logs, metrics and the state. Default: its table and templates.")
                ),
                Member(LookupReader.key, lookups),
            ] + transforms)
        return block(
            kind.summary, kind.options,
            extra: [
                Member("name", SchemaPart.text("Tells sinks of one kind apart. Default: the kind.")),
                Member(
                    "write", SchemaPart.array(of: entry, "What is written: one entry for each table and form."),
                    isRequired: true),
            ])
    }

    private static var transforms: [Member] {
        let columns = SchemaPart.array(of: SchemaPart.text(nil), nil)
        let visible = SchemaPart.map(of: SchemaPart.integer(0...TransformReader.visibleMax), nil)
        let algorithms = SchemaPart.map(of: SchemaPart.enumeration(TransformReader.algorithms, nil), nil)
        return [
            Member(
                "select",
                SchemaPart.array(of: SchemaPart.text(nil), "The columns to write, in order. Default: all of them.")),
            Member("omit", SchemaPart.array(of: SchemaPart.text(nil), "Columns that are not written.")),
            Member("rename", SchemaPart.map(of: SchemaPart.text(nil), "Column to the name it is written by.")),
            Member("where", SchemaPart.text("The condition that a row must pass to be in the sink.")),
            Member(
                "compute",
                SchemaPart.map(of: SchemaPart.scalar, "New columns: an expression, or a template with {column}.")),
            Member(
                "mask",
                SchemaPart.either(
                    columns, visible,
                    "Columns that are written as asterisks, and how many characters stay visible at the end.")),
            Member(
                "digest",
                SchemaPart.either(
                    columns, algorithms, "Columns that are written as a digest, and its algorithm. Default: sha256.")),
            Member("digest_key", SchemaPart.text("The key that makes the digests HMACs.")),
        ]
    }

    private static var lookups: JSONValue {
        let names = SchemaPart.text(nil)
        let lookup = block(
            nil, [],
            extra: [
                Member("from", tableName, isRequired: true),
                Member(
                    "where",
                    SchemaPart.map(of: names, "A column of the other table to the column of this row that equals it."),
                    isRequired: true),
                Member(
                    "take", SchemaPart.map(of: names, "New columns of this row, each to a column of the other table.")),
                Member(
                    "count", SchemaPart.text("A new column of this row: how many rows of the other table there are.")),
            ])
        return SchemaPart.array(
            of: lookup, "Columns that rows of other tables give; the row is written again when these change.")
    }

    private static var tableName: JSONValue {
        SchemaPart.text("A table as namespace.name; odd names stand in double quotes.")
    }

    private static var messagePrefix: JSONValue {
        SchemaPart.text(
            "Instead of `from`: the logical messages with this prefix; a * at its end stands for anything.")
    }

    /// A key that the reader itself knows.
    private struct Member {
        var name: String
        var value: JSONValue
        var isRequired: Bool

        init(_ name: String, _ value: JSONValue, isRequired: Bool = false) {
            self.name = name
            self.value = value
            self.isRequired = isRequired
        }
    }

    private static func block(
        _ description: String?, _ options: [OptionDescriptor], extra: [Member]
    ) -> JSONValue {
        let required = extra.filter(\.isRequired).map(\.name) + options.filter(\.isRequired).map(\.name)
        var members: [(String, JSONValue)] = description.map { [("description", .text($0))] } ?? []
        members.append(("type", .text("object")))
        if !required.isEmpty { members.append(("required", .list(required.map { .text($0) }))) }
        members.append(("additionalProperties", .boolean(false)))
        let properties = extra.map { ($0.name, $0.value) } + options.map { ($0.name, SchemaPart.option($0)) }
        members.append(("properties", .object(properties)))
        return .object(members)
    }
}

internal import Change
internal import Connector

/// What each column becomes and what it loses, and where rows may park.
enum RedisMappingCheck {
    static func findings(_ mapping: RedisMapping) -> [Diagnostic] {
        switch mapping.form {
        case .hash(let form):
            outputs(mapping, "field") + lifetime(form.lifetime, mapping)
        case .json(let form):
            (form.root.map { [root($0, mapping)] } ?? outputs(mapping, "member")) + lifetime(form.lifetime, mapping)
        case .arraySet(let form): [members(form, mapping)] + lifetime(form.lifetime, mapping)
        case .set(let form): collection(form, mapping)
        case .sortedSet(let form, let score): collection(form, mapping) + [scoreNote(score, mapping)]
        case .stream:
            outputs(mapping, "field", of: " of an entry")
        case .invalidation: []
        }
    }

    /// Mappings that cannot stand together.
    static func conflicts(_ mappings: [RedisMapping]) -> [Diagnostic] {
        var builders: [Template: RedisMapping] = [:]
        var findings: [Diagnostic] = []
        for mapping in mappings {
            guard let form = mapping.collectionForm, form.lifetime != nil else { continue }
            if let other = builders[mapping.keyTemplate], other.request.name != mapping.request.name {
                findings.append(
                    Diagnostic(
                        .error, at: mapping.request.options.location(of: "ttl"),
                        "\(mapping.request.name) and \(other.request.name) fill the same collections: with a lifetime, "
                            + "each would make them without the other's rows"))
            }
            builders[mapping.keyTemplate] = mapping
        }
        return findings
    }

    /// A note for each column; the fields of documents, of which all there is to say is the same, share one.
    private static func outputs(_ mapping: RedisMapping, _ what: String, of whole: String = "") -> [Diagnostic] {
        var alike: [String] = []
        var notes: [String] = []
        for output in mapping.request.outputs {
            let column = mapping.request.schema.columns[output.column]
            if column.type == .bson, column.name == output.name {
                alike.append(column.name)
            } else {
                notes.append(
                    "\(column.name) (\(column.sourceType)) becomes \(what) \(output.name)\(whole), "
                        + text(of: column.type, in: mapping))
            }
        }
        if !alike.isEmpty {
            notes.append(
                "\(alike.joined(separator: ", ")) (bson): each becomes a \(what)\(whole), \(text(of: .bson, in: mapping))"
            )
        }
        return notes.map { Diagnostic(.note, at: mapping.request.options.location, $0) }
    }

    /// How a type's values are written, and what a reader has to know of it.
    private static func text(of type: DataType, in mapping: RedisMapping) -> String {
        let bytes = mapping.request.options.text("bytes") ?? "base64"
        if case .json(let form) = mapping.form { return json(of: type, form.values, bytes) }
        return switch type {
        case .boolean: "true or false"
        case .bytes: bytes == "raw" ? "the bytes themselves" : bytes
        case .date, .time, .timeWithZone, .timestamp, .timestampWithZone: "ISO 8601, exact to the microsecond"
        case .array, .composite, .range, .multirange: "JSON"
        case .money: "a plain decimal"
        case .bson: "its plain text: numbers with every digit, dates ISO 8601, documents and arrays as JSON"
        default: "its text, unchanged"
        }
    }

    private static func json(of type: DataType, _ form: JSONForm, _ bytes: String) -> String {
        switch type {
        case .boolean: "true or false"
        case .int16, .int32, .uint32: "a number"
        case .int64, .uint64: "a number; readers that keep numbers as doubles round it beyond 2^53"
        case .float32, .float64: "a number; NaN and infinities are text"
        case .decimal, .money:
            form.decimals == .text
                ? "text with every digit" : "a number with every digit; readers that keep numbers as doubles round it"
        case .bytes: bytes
        case .json: "the same JSON"
        case .bson:
            "plain JSON: numbers with every digit, decimals as \(form.decimals == .text ? "text" : "numbers"), dates of the "
                + "years 1 to 9999 as ISO 8601; what JSON has nothing for as Extended JSON"
        case .array, .composite, .range, .multirange: "JSON of its own shape"
        case .date, .time, .timeWithZone, .timestamp, .timestampWithZone: "text, ISO 8601, exact to the microsecond"
        default: "text"
        }
    }

    private static func root(_ root: ChosenColumn, _ mapping: RedisMapping) -> Diagnostic {
        Diagnostic(
            .note, at: mapping.request.options.location(of: "root"),
            "\(root.name) is the whole document; where it has no value, the document is null")
    }

    private static func members(_ form: RedisForm.ArraySetForm, _ mapping: RedisMapping) -> Diagnostic {
        Diagnostic(
            .note, at: mapping.request.options.location(of: "members"),
            "each element of \(form.members.name) becomes a member by its text, so that 1 and \"1\" are one; where there is "
                + "no element, there is no key")
    }

    private static func lifetime(_ lifetime: Lifetime, _ mapping: RedisMapping) -> [Diagnostic] {
        guard case .until(let column) = lifetime else { return [] }
        return [
            Diagnostic(
                .note, at: mapping.request.options.location(of: "expires_at"),
                "\(mapping.request.schema.columns[column].name) is the key's end, to the millisecond; null and infinity "
                    + "are no end")
        ]
    }

    private static func scoreNote(_ score: Score, _ mapping: RedisMapping) -> Diagnostic {
        guard let index = score.column.index else {
            return Diagnostic(
                .note, at: mapping.request.options.location(of: "score"),
                "\(score.column.name) becomes the score; no row has shown it yet, and one without it parks")
        }
        let column = mapping.request.schema.columns[index]
        let becomes =
            switch column.type {
            case .date, .timestamp, .timestampWithZone:
                "milliseconds since 1970 with the microseconds as a fraction, exact from 1831 to 2109"
            case .time: "milliseconds since midnight with the microseconds as a fraction"
            case .decimal, .money: "the nearest double, exact up to 15 significant digits"
            default: "a double, exact up to 2^53"
            }
        return Diagnostic(
            .note, at: mapping.request.options.location(of: "score"),
            "\(column.name) (\(column.sourceType)) becomes the score: \(becomes); a row whose score would be rounded, or "
                + "is null, NaN or infinite, parks")
    }

    private static func collection(_ form: RedisForm.CollectionForm, _ mapping: RedisMapping) -> [Diagnostic] {
        let names = mapping.rereadColumns
        guard !names.isEmpty else { return [] }
        return [
            Diagnostic(
                .note, at: mapping.request.options.location(of: "ttl"),
                "a change that finds its collection absent reads all its rows again by \(names.joined(separator: ", "))"
            )
        ]
    }
}

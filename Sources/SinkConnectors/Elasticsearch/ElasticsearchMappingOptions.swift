internal import Connector

/// What one entry under `write:` is told, beside its templates.
struct ElasticsearchMappingOptions: Sendable, Hashable {
    enum Decimals: String, CaseIterable, Sendable {
        /// A double where the declared precision survives one, exact text otherwise.
        case auto
        case double
        case scaledFloat = "scaled_float"
        case keyword
    }

    enum JSON: String, CaseIterable, Sendable {
        /// Kept in the document, not searchable.
        case stored
        case object
        case flattened
        case text
    }

    enum Timestamps: String, CaseIterable, Sendable {
        case date
        case dateNanos = "date_nanos"
    }

    /// What becomes of a value that the field's type does not have, such as infinity or NaN.
    enum SpecialValues: String, CaseIterable, Sendable {
        case text
        case park
    }

    enum Dynamic: String, CaseIterable, Sendable {
        case strict
        case `false`
        case `true`
    }

    /// The field that says a document is deleted, where deletes are soft.
    var deletedField: String?
    /// The field that names the mapping a document comes from, if one is wanted.
    var originField: String?
    var mappingFile: String?
    var decimals: Decimals
    var json: JSON
    var timestamps: Timestamps
    var specialValues: SpecialValues
    var dynamic: Dynamic
    /// The type of single fields, by the name they are written by.
    var types: [String: String]
    /// Settings of an index that Millrace creates, without the `index.` in front.
    var settings: [String: String]
}

extension ElasticsearchMappingOptions {
    static let descriptors: [OptionDescriptor] = [
        OptionDescriptor(
            "index", .template, isRequired: true,
            "The index; with a column in it, it must begin with a fixed text, and each new name makes an index."),
        OptionDescriptor("id", .template, isRequired: true, "The document's _id; at most 512 bytes."),
        OptionDescriptor("routing", .template, "What chooses the shard, instead of the _id."),
        OptionDescriptor(
            "delete", .choice(["hard", "soft"]), default: "hard",
            "hard removes the document; soft keeps it with `deleted_field` set and what is known of the row."),
        OptionDescriptor("deleted_field", .text, default: "deleted", "The Boolean field of soft deletes."),
        OptionDescriptor(
            "origin_field", .text,
            "A field that names the mapping a document comes from: needed where two of them share an index."),
        OptionDescriptor(
            "mapping_file", .text,
            "A JSON file with the body for creating the index: `mappings`, `settings`; relative to the pipeline file."),
        OptionDescriptor(
            "decimals", .choice(Decimals.allCases.map(\.rawValue)), default: "auto",
            "auto: double up to 15 digits of declared precision, else exact text with a double beside it; "
                + "scaled_float needs a declared scale."),
        OptionDescriptor(
            "json", .choice(JSON.allCases.map(\.rawValue)), default: "stored",
            "stored: in the document, not searchable; object and flattened: searchable; text: as one text."),
        OptionDescriptor(
            "timestamps", .choice(Timestamps.allCases.map(\.rawValue)), default: "date",
            "date searches to the millisecond; date_nanos to the microsecond, from 1970 to 2262 only."),
        OptionDescriptor(
            "special_values", .choice(SpecialValues.allCases.map(\.rawValue)), default: "text",
            "Infinity, NaN, dates before Christ: text keeps them in the document, out of the search; park sets aside."),
        OptionDescriptor(
            "dynamic", .choice(Dynamic.allCases.map(\.rawValue)), default: "strict",
            "What an index that Millrace creates does with fields that it does not know."),
        OptionDescriptor(
            "types", .map(of: .text), "The Elasticsearch type of single fields, such as `status: keyword`."),
        OptionDescriptor("shards", .integer(1...1024), "How many shards an index that Millrace creates has."),
        OptionDescriptor("replicas", .integer(0...100), "How many replicas an index that Millrace creates has."),
        OptionDescriptor("settings", .map(of: .text), "Further settings of an index that Millrace creates."),
        OptionDescriptor(
            "gc_deletes", .duration, default: "1h",
            "How long an index that Millrace creates remembers the version of a deleted document."),
    ]

    /// Reads what holds without a schema; what is wrong is added to `errors`.
    init(_ values: OptionValues, errors: inout [Diagnostic]) {
        let isSoft = values.text("delete") == "soft"
        deletedField = isSoft ? values.text("deleted_field") ?? "deleted" : nil
        if !isSoft, values["deleted_field"] != nil {
            errors.append(values.error(at: "deleted_field", "deleted_field needs delete: soft"))
        }
        originField = values.text("origin_field")
        mappingFile = values.text("mapping_file")
        decimals = values.text("decimals").flatMap(Decimals.init) ?? .auto
        json = values.text("json").flatMap(JSON.init) ?? .stored
        timestamps = values.text("timestamps").flatMap(Timestamps.init) ?? .date
        specialValues = values.text("special_values").flatMap(SpecialValues.init) ?? .text
        dynamic = values.text("dynamic").flatMap(Dynamic.init) ?? .strict
        types = values.textMap("types") ?? [:]
        settings = values.textMap("settings") ?? [:]
        if let shards = values.integer("shards") { settings["number_of_shards"] = String(shards) }
        if let replicas = values.integer("replicas") { settings["number_of_replicas"] = String(replicas) }
        let gcDeletes = values.duration("gc_deletes") ?? .seconds(3600)
        if settings["gc_deletes"] == nil { settings["gc_deletes"] = "\(gcDeletes.components.seconds)s" }
    }
}

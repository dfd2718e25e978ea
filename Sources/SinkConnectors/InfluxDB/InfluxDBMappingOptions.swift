internal import Connector

/// What one entry under `write:` is told, beside the columns that it names.
struct InfluxDBMappingOptions: Sendable, Hashable {
    enum Mode: String, CaseIterable, Sendable {
        /// A point for each change, at the time of its commit.
        case events
        /// A point for each row, at the time that the row tells.
        case rows
    }

    enum Decimals: String, CaseIterable, Sendable {
        /// A float where the declared precision survives one, exact text otherwise.
        case auto
        case float
        case text
    }

    enum Unsigned: String, CaseIterable, Sendable {
        /// A row with a number beyond a signed integer parks.
        case integer
        case unsigned
        case text
    }

    enum SpecialValues: String, CaseIterable, Sendable {
        case park
        case omit
    }

    enum Nulls: String, CaseIterable, Sendable {
        case omit
        /// Each field has a Boolean beside it that tells.
        case mark
    }

    enum EmptyTags: String, CaseIterable, Sendable {
        case omit
        case park
    }

    enum OddTags: String, CaseIterable, Sendable {
        case park
        case replace
    }

    /// What a delete, or leaving a point, comes to.
    enum Departure: String, CaseIterable, Sendable {
        case delete
        case mark
        case ignore
        case park
    }

    enum Precision: String, CaseIterable, Sendable {
        case nanoseconds = "ns"
        case microseconds = "us"
        case milliseconds = "ms"
        case seconds = "s"

        var nanoseconds: Int64 {
            switch self {
            case .nanoseconds: 1
            case .microseconds: 1000
            case .milliseconds: 1_000_000
            case .seconds: 1_000_000_000
            }
        }
    }

    var mode: Mode
    var decimals: Decimals
    var unsigned: Unsigned
    var specialValues: SpecialValues
    var nulls: Nulls
    var emptyTags: EmptyTags
    var oddTags: OddTags
    var onDelete: Departure
    var onMove: Departure
    var timeUnit: Precision
    var precision: Precision
    /// Whether the primary key's hash is added below the time's microsecond.
    var isSpreading: Bool
    var kindTag: String
    var sequenceTag: String
    var versionField: String
    var deletedField: String
    /// The type of single fields, by the name they are written by.
    var types: [String: String]
    /// Tags that every point has.
    var constants: [String: String]
}

extension InfluxDBMappingOptions {
    static let descriptors: [OptionDescriptor] = [
        OptionDescriptor("measurement", .text, isRequired: true, "The measurement that the points belong to."),
        OptionDescriptor(
            "mode", .choice(Mode.allCases.map(\.rawValue)), default: "events",
            "events: a point for each change, at the time of its commit; rows: a point for each row, at its `time`."),
        OptionDescriptor("tags", .list(of: .column), "The columns that become tags; all others become fields."),
        OptionDescriptor("constant_tags", .map(of: .text), "Tags that every point has, such as `region: eu`."),
        OptionDescriptor("time", .column, "The column with the time of a row's point: a time, date, or number."),
        OptionDescriptor(
            "time_unit", .choice(Precision.allCases.map(\.rawValue)), default: "s",
            "What a `time` that is a number counts, since 1970."),
        OptionDescriptor(
            "precision", .choice(Precision.allCases.map(\.rawValue)), default: "ns",
            "What a row's time is cut to: the coarser, the better it compresses; what is equal then is one point."),
        OptionDescriptor(
            "spread", .boolean, default: "false",
            "Adds up to 999 ns, made of the primary key, to the time of a row, which sets rows of one time and equal tags "
                + "apart: one pair in a thousand still meets."),
        OptionDescriptor(
            "types", .map(of: .text),
            "The type of single fields: float, integer, unsigned, boolean, text. A value that it does not have parks."),
        OptionDescriptor(
            "decimals", .choice(Decimals.allCases.map(\.rawValue)), default: "auto",
            "auto: a float up to 15 digits of declared precision, else exact text."),
        OptionDescriptor(
            "unsigned", .choice(Unsigned.allCases.map(\.rawValue)), default: "integer",
            "Columns of 64 bits without a sign: integer parks what is too large; unsigned is not known to `api: v1`."),
        OptionDescriptor(
            "special_values", .choice(SpecialValues.allCases.map(\.rawValue)), default: "park",
            "NaN and infinities, which a float field cannot hold: park the row, or omit the field as if it were null."),
        OptionDescriptor(
            "nulls", .choice(Nulls.allCases.map(\.rawValue)), default: "events: omit, rows: mark",
            "omit: a null writes no field, and in rows the old value stays; mark: a Boolean FIELD_null beside each field."
        ),
        OptionDescriptor(
            "empty_tags", .choice(EmptyTags.allCases.map(\.rawValue)), default: "omit",
            "A tag that is null or empty, which a point cannot have: omit it, or park the row."),
        OptionDescriptor(
            "odd_tags", .choice(OddTags.allCases.map(\.rawValue)), default: "park",
            "A tag with control characters, or backslashes that servers read differently: park the row, or replace each "
                + "of them by an underscore."),
        OptionDescriptor(
            "on_delete", .choice(Departure.allCases.map(\.rawValue)), default: "delete, with api: v3 mark",
            "What a deleted row does to its point in rows: delete it, mark it in `deleted_field`, ignore, or park."),
        OptionDescriptor(
            "on_move", .choice(Departure.allCases.map(\.rawValue)), default: "as on_delete",
            "What an update of tags or time does to the point that the row leaves."),
        OptionDescriptor("kind_tag", .text, default: "op", "The tag of events that says what kind of change it is."),
        OptionDescriptor(
            "sequence_tag", .text, default: "seq",
            "The tag of events that sets changes of one instant apart; it has few values."),
        OptionDescriptor(
            "version_field", .text, default: "millrace_version", "The integer field with the version of the write."),
        OptionDescriptor("deleted_field", .text, default: "deleted", "The Boolean field of `mark`."),
    ]

    /// Which options have a meaning in one mode alone.
    private static let onlyInRows = [
        "time", "time_unit", "precision", "spread", "on_delete", "on_move", "deleted_field",
    ]
    private static let onlyInEvents = ["kind_tag", "sequence_tag"]

    /// Reads what holds without a schema; what is wrong is added to `errors`.
    init(_ values: OptionValues, api: InfluxDBOptions.API, errors: inout [Diagnostic]) {
        mode = values.text("mode").flatMap(Mode.init) ?? .events
        for name in mode == .rows ? Self.onlyInEvents : Self.onlyInRows where values[name] != nil {
            errors.append(values.error(at: name, "`\(name)` means nothing with mode: \(mode.rawValue)"))
        }
        decimals = values.text("decimals").flatMap(Decimals.init) ?? .auto
        unsigned = values.text("unsigned").flatMap(Unsigned.init) ?? .integer
        if unsigned == .unsigned, api == .v1 {
            errors.append(values.error(at: "unsigned", "api: v1 has no unsigned fields", hint: "integer or text"))
        }
        specialValues = values.text("special_values").flatMap(SpecialValues.init) ?? .park
        nulls = values.text("nulls").flatMap(Nulls.init) ?? (mode == .rows ? .mark : .omit)
        emptyTags = values.text("empty_tags").flatMap(EmptyTags.init) ?? .omit
        oddTags = values.text("odd_tags").flatMap(OddTags.init) ?? .park
        onDelete = values.text("on_delete").flatMap(Departure.init) ?? (api == .v3 ? .mark : .delete)
        onMove = values.text("on_move").flatMap(Departure.init) ?? onDelete
        for (name, departure) in [("on_delete", onDelete), ("on_move", onMove)] where api == .v3 && departure == .delete
        {
            errors.append(values.error(at: name, "api: v3 cannot delete points", hint: "mark, ignore or park"))
        }
        timeUnit = values.text("time_unit").flatMap(Precision.init) ?? .seconds
        precision = values.text("precision").flatMap(Precision.init) ?? .nanoseconds
        isSpreading = values.boolean("spread") ?? false
        if isSpreading, precision != .nanoseconds {
            errors.append(values.error(at: "spread", "`spread` uses the nanoseconds that `precision` cuts off"))
        }
        kindTag = values.text("kind_tag") ?? "op"
        sequenceTag = values.text("sequence_tag") ?? "seq"
        versionField = values.text("version_field") ?? "millrace_version"
        deletedField = values.text("deleted_field") ?? "deleted"
        types = values.textMap("types") ?? [:]
        constants = values.textMap("constant_tags") ?? [:]
    }

    /// Whether points are ever looked for again, so that a sink key has to name one.
    var findsPoints: Bool { onDelete != .ignore || onMove != .ignore }

    /// Whether points say if they are deleted.
    var marksDeleted: Bool { mode == .rows && (onDelete == .mark || onMove == .mark) }
}

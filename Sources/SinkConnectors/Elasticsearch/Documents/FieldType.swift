internal import Change
internal import Connector

/// The type that a column gets in the index, how its cells are written, and what is lost.
struct FieldType {
    var property: JSONValue
    var encoding: FieldEncoding
    var loss: String?

    init(_ property: JSONValue, _ shape: FieldEncoding.Shape, loss: String? = nil) {
        self.property = property
        encoding = FieldEncoding(shape: shape)
        self.loss = loss
    }

    /// Why a column cannot have the type that the options ask for.
    struct Refusal: Error {
        var option: String
        var message: String
    }

    /// A term may have 32,766 bytes of UTF-8: a quarter of that many characters always fits.
    static let keywordCharactersMax: Int64 = 8191
    /// Texts declared up to this length are names of things, such as codes and states.
    static let keywordLengthMax = 36
    /// How many decimal digits always survive a double.
    static let doubleDigits = 15

    static let keyword: JSONValue = ["type": "keyword", "ignore_above": .integer(keywordCharactersMax)]

    /// The type of a column, as the options have it.
    static func choose(
        for column: Column, named name: String, options: ElasticsearchMappingOptions
    ) throws(Refusal) -> FieldType {
        var choice = try natural(column.type, sourceType: column.sourceType, options)
        let parts = options.types.filter { $0.key.hasPrefix("\(name).") }
        if !parts.isEmpty, case .bson = column.type { return try object(parts, of: column, named: name, options) }
        guard let type = options.types[name] else { return choice }
        choice.property = try property(of: type, for: column, choice, options)
        choice.loss = nil
        if case .bson = column.type { choice.loss = documentLoss(of: type, options) }
        if case .bson = column.type { choice.encoding = documentEncoding(of: type) }
        if case .decimal = column.type { choice.encoding.shape = numeric.contains(type) ? .number : .quotedNumber }
        return choice
    }

    static func natural(
        _ type: DataType, sourceType: String, _ options: ElasticsearchMappingOptions
    ) throws(Refusal) -> FieldType {
        switch type {
        case .boolean: FieldType(["type": "boolean"], .boolean)
        case .int16: FieldType(["type": "short"], .number)
        case .int32: FieldType(["type": "integer"], .number)
        case .int64, .uint32: FieldType(["type": "long"], .number)
        case .uint64, .money: digits
        case .float32: FieldType(lenient("float", options), .number, loss: special("NaN", options))
        case .float64: FieldType(lenient("double", options), .number, loss: special("NaN", options))
        case .decimal(let precision, let scale): try decimal(precision, scale, options)
        case .date: FieldType(date("date", options), .date, loss: special("infinity", options))
        case .timestamp, .timestampWithZone: timestamp(options)
        case .text: text(sourceType)
        case .json: json(sourceType, options)
        case .bytes: FieldType(["type": "binary"], .base64, loss: "not searchable")
        case .network where sourceType == "inet":
            FieldType(lenient("ip", options), .text, loss: "networks are not searchable")
        case .time, .timeWithZone, .interval, .uuid, .bits, .network, .enumeration: FieldType(keyword, .text)
        case .other: FieldType(keyword, .text, loss: "searchable only as the source's text of the whole")
        case .array, .composite, .range, .multirange: try structured(type, options)
        case .bson: document(options)
        }
    }

    private static func decimal(
        _ precision: Int?, _ scale: Int?, _ options: ElasticsearchMappingOptions
    ) throws(Refusal) -> FieldType {
        let survives = precision.map { $0 <= doubleDigits } ?? false
        let rounding =
            survives ? nil : "search and sort round to \(doubleDigits) digits; the document keeps every digit"
        switch options.decimals {
        case .auto where survives, .double: return FieldType(lenient("double", options), .number, loss: rounding)
        case .auto, .keyword: return digits
        case .scaledFloat:
            guard let scale else {
                throw Refusal(
                    option: "decimals", message: "scaled_float needs a declared scale, such as numeric(12,2)")
            }
            return FieldType(scaled(scale, options), .number, loss: rounding)
        }
    }

    /// Exact digits, with a double beside them to search and sort by.
    private static var digits: FieldType {
        FieldType(
            [
                "type": "keyword", "ignore_above": .integer(keywordCharactersMax),
                "fields": ["number": ["type": "double", "ignore_malformed": true]],
            ], .quotedNumber, loss: "sorts as text; the sub-field number sorts to \(doubleDigits) digits")
    }

    static func scaled(_ scale: Int, _ options: ElasticsearchMappingOptions) -> JSONValue {
        var members = lenient("scaled_float", options).object ?? [:]
        var factor = 1.0
        for _ in 0..<max(0, scale) { factor *= 10 }
        members["scaling_factor"] = .number(factor)
        return .object(members)
    }

    private static func timestamp(_ options: ElasticsearchMappingOptions) -> FieldType {
        let precision =
            switch options.timestamps {
            case .date: "search and sort round to the millisecond; the document keeps the microseconds"
            case .dateNanos: "not searchable before 1970 and after 2262"
            }
        return FieldType(
            date(options.timestamps.rawValue, options), .date, loss: "\(precision); \(special("infinity", options))")
    }

    private static func text(_ sourceType: String) -> FieldType {
        if let length = declaredLength(sourceType), length <= keywordLengthMax { return FieldType(keyword, .text) }
        return FieldType(
            textWithKeyword, .text,
            loss: "sorts by the sub-field keyword, up to 256 characters")
    }

    static let textWithKeyword: JSONValue = [
        "type": "text", "fields": ["keyword": ["type": "keyword", "ignore_above": 256]],
    ]

    private static func json(_ sourceType: String, _ options: ElasticsearchMappingOptions) -> FieldType {
        var choice =
            switch options.json {
            case .stored: FieldType(["type": "object", "enabled": false], .json, loss: "not searchable")
            case .object:
                FieldType(
                    ["type": "object", "dynamic": true], .json,
                    loss: "rows whose fields change their type park, and so do values that are no objects")
            case .flattened:
                FieldType(
                    ["type": "flattened", "ignore_above": .integer(keywordCharactersMax)], .json,
                    loss: "every leaf is searchable as a keyword; values that are no objects park")
            case .text: FieldType(["type": "text"], .text, loss: "searchable as one text")
            }
        choice.encoding.isVerbatim = options.json == .text
        // jsonb has each key once, json may repeat one, which Elasticsearch refuses.
        if sourceType == "json", options.json != .text { choice.loss? += "; rows that repeat a key in it park" }
        return choice
    }

    /// A type that leaves a value it does not have out of the search, or refuses it, as the options say.
    static func lenient(_ type: String, _ options: ElasticsearchMappingOptions) -> JSONValue {
        switch options.specialValues {
        case .text: ["type": .text(type), "ignore_malformed": true]
        case .park: ["type": .text(type)]
        }
    }

    static func date(_ type: String, _ options: ElasticsearchMappingOptions) -> JSONValue {
        var members = lenient(type, options).object ?? [:]
        members["format"] = "strict_date_optional_time"
        return .object(members)
    }

    static func special(_ what: String, _ options: ElasticsearchMappingOptions) -> String {
        switch options.specialValues {
        case .text: "\(what) stays in the document as text, out of the search"
        case .park: "a row with \(what) parks"
        }
    }

    /// The number in `character varying(20)`.
    private static func declaredLength(_ sourceType: String) -> Int? {
        guard let open = sourceType.firstIndex(of: "("), sourceType.hasSuffix(")") else { return nil }
        return Int(sourceType[sourceType.index(after: open)...].dropLast())
    }
}

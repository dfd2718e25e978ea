internal import Wire

/// Reads what is safe to repeat out of an error's reason: never a value.
struct ErrorReason: ~Escapable {
    private let text: Span<UInt8>

    @_lifetime(copy text)
    init(_ text: Span<UInt8>) {
        self.text = text
    }

    /// An error's type, if it looks like one.
    static func name(_ type: Span<UInt8>) -> String? {
        guard !type.isEmpty, type.count <= 80 else { return nil }
        for index in type.indices {
            switch type[index] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                continue
            default: return nil
            }
        }
        return String(decoding: type)
    }

    /// The error's type, and the field it is about where the mapping has one of that name.
    func sentence(_ type: String, _ mapping: ElasticsearchMapping) -> String {
        guard let field = field(after: "field [", mapping) ?? field(after: "field=\\\"", mapping) else { return type }
        return "\(type) in field \(field)"
    }

    /// The field of the document's top level that a strict mapping does not have, where the mapping writes it.
    func topLevelField(_ mapping: ElasticsearchMapping) -> String? {
        guard place(of: " within [_doc] ") != nil || place(of: " within [] ") != nil else { return nil }
        return field(after: "introduction of [", mapping)
    }

    /// What limit of the index was passed, if that is the reason: then no row of the shape will fit.
    var limit: String? {
        if text.hasPrefix("Limit of total fields") { return "the index has reached its limit of fields" }
        if text.hasPrefix("Limit of mapping depth") { return "the index has reached its limit of mapping depth" }
        if text.hasPrefix("Limit of nested fields") { return "the index has reached its limit of nested fields" }
        if text.hasPrefix("pipeline with id") { return "the index names an ingest pipeline that does not exist" }
        return nil
    }

    /// The name in brackets or quotes after a prefix, if the mapping writes it or an object it is part of.
    private func field(after prefix: StaticString, _ mapping: ElasticsearchMapping) -> String? {
        guard let start = place(of: prefix).map({ $0 + prefix.utf8CodeUnitCount }) else { return nil }
        return mapping.fields.first { field in
            let name = field.name.utf8
            guard start + name.count < text.count else { return false }
            for (offset, byte) in name.enumerated() where text[start + offset] != byte { return false }
            switch text[start + name.count] {
            case UInt8(ascii: "]"), UInt8(ascii: "."), UInt8(ascii: "\\"): return true
            default: return false
            }
        }?.name
    }

    private func place(of needle: StaticString) -> Int? {
        let length = needle.utf8CodeUnitCount
        guard text.count >= length else { return nil }
        for start in 0...(text.count - length) where text.extracting(start..<start + length).hasPrefix(needle) {
            return start
        }
        return nil
    }
}

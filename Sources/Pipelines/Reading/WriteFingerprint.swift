internal import Change
internal import Connector
internal import Wire

/// A number that changes when what an entry writes does, and not when the entry moves within its file.
enum WriteFingerprint {
    static func of(
        table: TableName, messages: MessagePattern?, lookups: [LookupDocument], transform: TransformSpec,
        options: OptionValues
    ) -> UInt64 {
        var text: [UInt8] = []
        append("from", TableNameText.text(of: table), to: &text)
        if let messages { append("messages", messages.text, to: &text) }
        for name in options.names.sorted() {
            guard let value = options[name] else { continue }
            text.append(jsonString: name)
            append(value, to: &text)
        }
        for lookup in lookups { append(lookup, to: &text) }
        for column in transform.select ?? [] { append("select", column.value, to: &text) }
        for column in transform.omit.map(\.value).sorted() { append("omit", column, to: &text) }
        for rename in transform.rename.sorted(by: { $0.column.value < $1.column.value }) {
            append("rename", rename.column.value, to: &text)
            append("as", rename.name.value, to: &text)
        }
        if let filter = transform.filter { append("where", filter.value, to: &text) }
        for computation in transform.compute {
            append("compute", computation.name.value, to: &text)
            append("by", computation.expression.value, to: &text)
        }
        for mask in transform.mask.sorted(by: { $0.column.value < $1.column.value }) {
            append("mask", mask.column.value, to: &text)
            append("visible", String(mask.visible), to: &text)
        }
        for digest in transform.digest.sorted(by: { $0.column.value < $1.column.value }) {
            append("digest", digest.column.value, to: &text)
            append("algorithm", digest.algorithm.rawValue, to: &text)
        }
        if let key = transform.digestKey { append("digest_key", key.revealed, to: &text) }
        return Hash64.of(text.span)
    }

    private static func append(_ lookup: LookupDocument, to text: inout [UInt8]) {
        append("lookup", TableNameText.text(of: lookup.from.value), to: &text)
        for pair in lookup.pairs.sorted(by: { $0.other.value < $1.other.value }) {
            append("where", pair.other.value, to: &text)
            append("is", pair.own.value, to: &text)
        }
        switch lookup.gain {
        case .take(let taken):
            for column in taken {
                append("take", column.name.value, to: &text)
                append("of", column.column.value, to: &text)
            }
        case .count(let name): append("count", name.value, to: &text)
        }
    }

    private static func append(_ name: String, _ value: String, to text: inout [UInt8]) {
        text.append(jsonString: name)
        text.append(jsonString: value)
    }

    private static func append(_ value: OptionValue, to text: inout [UInt8]) {
        switch value {
        case .text(let value): append("text", value, to: &text)
        case .secret(let value): append("secret", value.revealed, to: &text)
        case .integer(let value): append("integer", String(value), to: &text)
        case .boolean(let value): append("boolean", String(value), to: &text)
        case .duration(let value): append("duration", String(describing: value.components), to: &text)
        case .byteCount(let value): append("bytes", String(value), to: &text)
        case .list(let values):
            append("list", String(values.count), to: &text)
            for value in values { append(value, to: &text) }
        case .map(let values):
            append("map", String(values.count), to: &text)
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                text.append(jsonString: key)
                append(value, to: &text)
            }
        }
    }
}

internal import Connector

/// Reads the options of a connector by what their descriptors ask for.
struct OptionReader {
    let descriptors: [OptionDescriptor]
    /// Names the connector or entry in messages.
    let what: String

    func read(_ block: KeyedBlock, context: inout ReadingContext) -> OptionValues {
        var entries: [String: OptionValues.Entry] = [:]
        for descriptor in descriptors {
            guard let node = block[descriptor.name] else {
                if descriptor.isRequired {
                    context.problems.error(
                        at: block.location, "\(what) needs the key \(descriptor.name)", hint: descriptor.summary)
                }
                continue
            }
            if let value = value(node, descriptor.kind, name: descriptor.name, context: &context) {
                entries[descriptor.name] = OptionValues.Entry(value: value, location: node.location)
            }
        }
        return OptionValues(entries, at: block.location)
    }

    private func value(
        _ node: YAMLNode, _ kind: OptionDescriptor.Kind, name: String, context: inout ReadingContext
    ) -> OptionValue? {
        switch kind {
        case .list(let element):
            guard let nodes = context.list(node, what: name, example: "write \(name): [\(kind.elementExample)]") else {
                return nil
            }
            let values = nodes.map { value($0, element, name: name, context: &context) }
            return values.contains(nil) ? nil : .list(values.compactMap(\.self))
        case .map(let element):
            guard let entries = context.entries(node, what: name, example: "write \(name): {key: value}") else {
                return nil
            }
            var values: [String: OptionValue] = [:]
            for entry in entries {
                guard let value = value(entry.value, element, name: entry.key.value, context: &context) else {
                    continue
                }
                values[entry.key.value] = value
            }
            return values.count == entries.count ? .map(values) : nil
        default:
            guard let text = context.text(node, what: name) else { return nil }
            return scalar(text, kind, name: name, context: &context)
        }
    }

    private func scalar(
        _ text: LocatedText, _ kind: OptionDescriptor.Kind, name: String, context: inout ReadingContext
    ) -> OptionValue? {
        var shown: String { context.shown(text) }
        switch kind {
        case .text: return .text(text.value)
        case .column:
            guard text.value.isEmpty else { return .text(text.value) }
            context.problems.error(at: text.location, "\(name) names no column")
        case .secret: return .secret(Secret(text.value))
        case .template:
            guard let fault = TemplateFault(in: text) else { return .text(text.value) }
            context.problems.error(at: fault.location, "\(name): \(fault.message)")
        case .integer(let range):
            if let number = Int(text.value), range.contains(number) { return .integer(number) }
            context.problems.error(
                at: text.location, "\(name): \(shown) is not a whole number \(range.inWords)")
        case .boolean:
            if let flag = Bool(text.value) { return .boolean(flag) }
            context.problems.error(at: text.location, "\(name): \(shown) is neither true nor false")
        case .duration:
            if let duration = Quantity.duration(text.value) { return .duration(duration) }
            context.problems.error(
                at: text.location, "\(name): \(shown) is not a duration", hint: "write 250ms, 30s, 5m, 2h or 7d")
        case .byteCount:
            if let count = Quantity.byteCount(text.value) { return .byteCount(count) }
            context.problems.error(
                at: text.location, "\(name): \(shown) is not a number of bytes", hint: "write 512KB, 8MB or 1GB")
        case .choice(let choices):
            if choices.contains(text.value) { return .text(text.value) }
            let hint =
                text.isFromEnvironment
                ? "valid here: \(choices.joined(separator: ", "))" : NearestName.hint(for: text.value, among: choices)
            context.problems.error(
                at: text.location, "\(name): \(shown) is not one of \(choices.joined(separator: ", "))", hint: hint)
        case .list, .map:
            preconditionFailure("lists and maps are not read as scalars")
        }
        return nil
    }
}

extension OptionDescriptor.Kind {
    fileprivate var elementExample: String {
        switch self {
        case .list(.integer): "1, 2"
        case .list(.duration): "30s, 5m"
        default: "one, two"
        }
    }
}

extension ClosedRange<Int> {
    fileprivate var inWords: String {
        switch (lowerBound, upperBound) {
        case (.min, .max): ""
        case (_, .max): "from \(lowerBound) on"
        case (.min, _): "up to \(upperBound)"
        default: "between \(lowerBound) and \(upperBound)"
        }
    }
}

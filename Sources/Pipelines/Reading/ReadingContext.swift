internal import Connector

/// What every reader of a part of the file shares: the environment, and the problems found so far.
struct ReadingContext {
    let environment: EnvironmentVariables
    var problems = Problems()

    /// The text of a scalar with its environment variables; nil, and a problem, for anything else.
    mutating func text(_ node: YAMLNode, what: String) -> LocatedText? {
        switch node.content {
        case .scalar(let scalar):
            guard !scalar.isNull else {
                problems.error(at: node.location, "\(what) has no value")
                return nil
            }
            return environment.expand(scalar.text, problems: &problems)
        case .sequence:
            problems.error(at: node.location, "\(what) is a single value, not a list")
            return nil
        case .mapping:
            problems.error(at: node.location, "\(what) is a single value, not a mapping")
            return nil
        case .refused:
            return nil
        }
    }

    /// The elements of a list; nil, and a problem, for anything else.
    mutating func list(_ node: YAMLNode, what: String, example: String) -> [YAMLNode]? {
        switch node.content {
        case .sequence(let elements):
            guard elements.isEmpty else { return elements }
            problems.error(at: node.location, "\(what) is empty", hint: example)
        case .scalar(let scalar) where scalar.isNull:
            problems.error(at: node.location, "\(what) has no value", hint: example)
        case .scalar, .mapping:
            problems.error(at: node.location, "\(what) is a list", hint: example)
        case .refused:
            break
        }
        return nil
    }

    /// The entries of a mapping; nil, and a problem, for anything else.
    mutating func entries(_ node: YAMLNode, what: String, example: String) -> [YAMLEntry]? {
        switch node.content {
        case .mapping(let entries):
            guard !entries.isEmpty else {
                problems.error(at: node.location, "\(what) is empty", hint: example)
                return nil
            }
            return uniqued(entries)
        case .scalar(let scalar) where scalar.isNull:
            problems.error(at: node.location, "\(what) has no value", hint: example)
        case .scalar, .sequence:
            problems.error(at: node.location, "\(what) is a mapping of keys to values", hint: example)
        case .refused:
            break
        }
        return nil
    }

    /// Keys that differ for YAML and are one text, such as `1` and `"1"`, are still duplicates here.
    private mutating func uniqued(_ entries: [YAMLEntry]) -> [YAMLEntry] {
        var lines: [String: Int] = [:]
        return entries.filter { entry in
            if let line = lines[entry.key.value] {
                problems.error(
                    at: entry.key.location, "the key \(entry.key.value) stands here a second time",
                    hint: "the first is in line \(line)")
                return false
            }
            lines[entry.key.value] = entry.key.location.line
            return true
        }
    }

    /// What may be shown of a text: nothing, where the environment had a part in it.
    func shown(_ text: LocatedText) -> String {
        guard !text.isFromEnvironment else { return "the value" }
        let value = text.value.unicodeScalars.prefix(40).map { $0.properties.generalCategory == .control ? "·" : $0 }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: value)
        return "\"\(String(view))\(text.value.unicodeScalars.count > 40 ? "…" : "")\""
    }
}

internal import Connector

/// Reads the transforms of an entry under `write:`. Whether the columns exist, and what the expressions say, is checked
/// against the table's schema.
enum TransformReader {
    static let keys = ["select", "omit", "rename", "where", "compute", "mask", "digest", "digest_key"]
    static let visibleMax = 64
    static let algorithms = TransformSpec.Digest.Algorithm.allCases.map(\.rawValue)

    static func read(_ block: KeyedBlock, context: inout ReadingContext) -> TransformSpec {
        var spec = TransformSpec()
        spec.select = block["select"].flatMap { names($0, what: "select", context: &context) }
        spec.omit = block["omit"].flatMap { names($0, what: "omit", context: &context) } ?? []
        spec.rename = renames(block["rename"], context: &context)
        spec.filter = block["where"].flatMap { context.text($0, what: "where") }
        spec.compute = computations(block["compute"], context: &context)
        spec.mask = masks(block["mask"], context: &context)
        spec.digest = digests(block["digest"], context: &context)
        if let node = block["digest_key"], let text = context.text(node, what: "digest_key") {
            spec.digestKey = Secret(text.value)
            if block["digest"] == nil {
                context.problems.error(at: block.location(of: "digest_key"), "digest_key is of no use without digest")
            }
        }
        checkConflicts(spec, context: &context)
        return spec
    }

    private static func names(
        _ node: YAMLNode, what: String, context: inout ReadingContext
    ) -> [Located<String>]? {
        guard let nodes = context.list(node, what: what, example: "write \(what): [id, status]") else { return nil }
        var names: [Located<String>] = []
        for node in nodes {
            guard let text = context.text(node, what: what) else { continue }
            if let first = names.first(where: { $0.value == text.value }) {
                context.problems.error(
                    at: text.location, "\(what): \(context.shown(text)) is named twice",
                    hint: "the first is in line \(first.location.line)")
            } else {
                names.append(Located(text.value, at: text.location))
            }
        }
        return names
    }

    private static func renames(_ node: YAMLNode?, context: inout ReadingContext) -> [TransformSpec.Rename] {
        guard let node,
            let entries = context.entries(node, what: "rename", example: "write rename: {column: name}")
        else { return [] }
        return entries.compactMap { entry in
            guard let name = context.text(entry.value, what: "the new name of \(entry.key.value)") else { return nil }
            return TransformSpec.Rename(column: entry.key, name: Located(name.value, at: name.location))
        }
    }

    private static func computations(
        _ node: YAMLNode?, context: inout ReadingContext
    ) -> [TransformSpec.Computation] {
        let example = "write compute: {full_name: \"{first_name} {last_name}\"}"
        guard let node, let entries = context.entries(node, what: "compute", example: example) else { return [] }
        return entries.compactMap { entry in
            guard let text = context.text(entry.value, what: entry.key.value) else { return nil }
            return TransformSpec.Computation(name: entry.key, expression: text)
        }
    }

    private static func masks(_ node: YAMLNode?, context: inout ReadingContext) -> [TransformSpec.Mask] {
        guard let node else { return [] }
        if case .sequence = node.content {
            return (names(node, what: "mask", context: &context) ?? []).map {
                TransformSpec.Mask(column: $0, visible: 0)
            }
        }
        let example = "write mask: [email], or mask: {phone: 4} to keep the last 4 characters"
        guard let entries = context.entries(node, what: "mask", example: example) else { return [] }
        return entries.compactMap { entry in
            guard let text = context.text(entry.value, what: entry.key.value) else { return nil }
            if let visible = Int(text.value), (0...visibleMax).contains(visible) {
                return TransformSpec.Mask(column: entry.key, visible: visible)
            }
            context.problems.error(
                at: text.location,
                "mask: \(context.shown(text)) is not a number of characters between 0 and \(visibleMax)")
            return nil
        }
    }

    private static func digests(_ node: YAMLNode?, context: inout ReadingContext) -> [TransformSpec.Digest] {
        guard let node else { return [] }
        if case .sequence = node.content {
            return (names(node, what: "digest", context: &context) ?? []).map {
                TransformSpec.Digest(column: $0, algorithm: .sha256)
            }
        }
        let example = "write digest: [email], or digest: {email: sha512}"
        guard let entries = context.entries(node, what: "digest", example: example) else { return [] }
        return entries.compactMap { entry in
            guard let text = context.text(entry.value, what: entry.key.value) else { return nil }
            if let algorithm = TransformSpec.Digest.Algorithm(rawValue: text.value) {
                return TransformSpec.Digest(column: entry.key, algorithm: algorithm)
            }
            context.problems.error(
                at: text.location, "digest: \(context.shown(text)) is not one of \(algorithms.joined(separator: ", "))",
                hint: text.isFromEnvironment ? nil : NearestName.hint(for: text.value, among: algorithms))
            return nil
        }
    }

    /// What contradicts itself whatever the table is.
    private static func checkConflicts(_ spec: TransformSpec, context: inout ReadingContext) {
        for digest in spec.digest where spec.mask.contains(where: { $0.column.value == digest.column.value }) {
            context.problems.error(
                at: digest.column.location, "the column \(digest.column.value) is both masked and digested")
        }
        for column in spec.omit where spec.select?.contains(where: { $0.value == column.value }) == true {
            context.problems.error(at: column.location, "the column \(column.value) is both selected and omitted")
        }
        for rename in spec.rename where spec.omit.contains(where: { $0.value == rename.column.value }) {
            context.problems.error(
                at: rename.column.location, "the column \(rename.column.value) is both renamed and omitted")
        }
    }
}

internal import Connector

/// Reads the block `audit` of a pipeline file.
enum AuditReader {
    static let example = "write audit: {every: 1h}"

    static func read(_ node: YAMLNode, context: inout ReadingContext) -> AuditDocument? {
        guard let entries = context.entries(node, what: "audit", example: example) else { return nil }
        let block = KeyedBlock(
            entries, what: "audit", at: node.location, valid: AuditDocument.options.map(\.name), context: &context)
        let values = OptionReader(descriptors: AuditDocument.options, what: "audit").read(block, context: &context)
        guard let every = values.duration("every") else { return nil }
        guard every >= .seconds(1) else {
            context.problems.error(at: block.location(of: "every"), "every: audits need a second or more between them")
            return nil
        }
        return AuditDocument(
            every: every, isRedacted: values.boolean("redact") ?? true, keep: values.integer("keep") ?? 30,
            rowsPerSecond: values.integer("rate"))
    }
}

import Connector

@testable import Pipelines

/// Kinds of sources and sinks with an option of every kind.
enum Kinds {
    static let postgres = SourceKind(
        name: "postgres", summary: "Reads PostgreSQL.",
        options: [
            OptionDescriptor("url", .secret, isRequired: true, "The database."),
            OptionDescriptor("slot", .text, "The slot."),
        ])

    static let redis = SinkKind(
        name: "redis", summary: "Writes Redis.",
        options: [
            OptionDescriptor("url", .secret, isRequired: true, "The server."),
            OptionDescriptor("lanes", .integer(1...64), default: "2", "Connections."),
            OptionDescriptor("verify", .boolean, "Checks certificates."),
            OptionDescriptor("timeout", .duration, "Patience."),
            OptionDescriptor("batch_bytes", .byteCount, "Size of a batch."),
            OptionDescriptor("mode", .choice(["fast", "safe"]), "How."),
            OptionDescriptor("hosts", .list(of: .text), "Several servers."),
            OptionDescriptor("settings", .map(of: .integer(0...9)), "Single settings."),
        ],
        mappingOptions: [
            OptionDescriptor("hash", .template, "The key."),
            OptionDescriptor("member", .template, "The member."),
            OptionDescriptor("score", .column, "The score."),
            OptionDescriptor("ttl", .duration, "Lifetime."),
        ])

    static let stdout = SinkKind(
        name: "stdout", summary: "Prints.", options: [], mappingOptions: [], takesMessages: true)

    static func reader(_ environment: [String: String] = ["PG": "postgres://pg", "RD": "redis://rd"]) -> PipelineReader
    {
        PipelineReader(sources: [postgres], sinks: [redis, stdout], environment: environment)
    }

    static func read(
        _ text: String, environment: [String: String] = ["PG": "postgres://pg", "RD": "redis://rd"]
    ) throws(ConfigurationErrors) -> PipelineDocument {
        try reader(environment).read(Array(text.utf8), file: "p.yaml")
    }

    /// Everything that is wrong with a text, one line each: `line:column: message (hint)`.
    static func faults(_ text: String, environment: [String: String] = ["PG": "pg", "RD": "rd"]) -> [String] {
        do {
            _ = try read(text, environment: environment)
            return []
        } catch {
            return error.diagnostics.map { diagnostic in
                let place = diagnostic.location.map { "\($0.line):\($0.column)" } ?? "nowhere"
                return "\(place): \(diagnostic.message)\(diagnostic.hint.map { " (\($0))" } ?? "")"
            }
        }
    }

    /// A good file with lines of the redis entry replaced: `entry` stands below `write:`, `sink` below `redis:`.
    static func file(entry: String = "hash: \"user:{id}\"", sink: String = "lanes: 2") -> String {
        """
        format: 1
        pipeline: shop
        source:
          postgres:
            url: ${PG}
            tables: [public.users, public.orders]
        sinks:
          - redis:
              url: ${RD}
              \(sink)
              write:
                - from: public.users
                  \(entry)
                - from: public.orders
                  hash: "order:{id}"

        """
    }
}

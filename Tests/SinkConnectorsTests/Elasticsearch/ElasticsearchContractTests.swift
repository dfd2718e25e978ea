import Change
import Connector
import ConnectorTestKit
import Testing

@testable import SinkConnectors

@Suite("Elasticsearch keeps the contract of sinks", .enabled(if: ElasticsearchLab.isWanted))
struct ElasticsearchContractTests {
    /// The forms that documents and deletes can have.
    enum Form: String, CaseIterable, CustomTestStringConvertible {
        case hard, soft, routed

        var testDescription: String { rawValue }

        var options: [String: OptionValue] {
            switch self {
            case .hard: [:]
            case .soft: ["delete": .text("soft"), "origin_field": .text("origin")]
            case .routed: ["routing": .text("{id}"), "shards": .integer(3)]
            }
        }
    }

    @Test(arguments: Form.allCases)
    func everyCheckPasses(_ form: Form) async throws {
        for check in SinkContract.checks {
            try await ElasticsearchLab.run { lab in
                try await lab.withSink { sink in
                    let values = form.options.merging(["index": .text(lab.prefix), "id": .text("{id}")]) { $1 }
                    let made = try sink.makeMapping(ContractRow.request(options: .test(values)))
                    return [try #require(made as? ElasticsearchMapping)]
                } _: { sink, mappings in
                    let subject = ContractSubject(
                        sink: sink, mapping: mappings[0], pipeline: lab.prefix, read: { try await read($0, form, lab) },
                        render: { "\($0.id)|\($0.name ?? "-")|\($0.number)" },
                        corrupt: { try await damage($0, $1, form, lab) })
                    do {
                        try await check.run(subject)
                    } catch {
                        Issue.record(error, "\(form): \(check.name)")
                    }
                }
            }
        }
    }

    private func read(_ id: String, _ form: Form, _ lab: ElasticsearchLab) async throws -> String? {
        let routing = form == .routed ? PathPart.encode(id) : nil
        guard let document = try await lab.document(id, in: lab.prefix, routing: routing),
            document["deleted"] != true
        else { return nil }
        let number = document["number"]?.integer.map { String($0) }
        return "\(document["id"]?.text ?? "-")|\(document["name"]?.text ?? "-")|\(number ?? "-")"
    }

    /// What somebody does to one row of the contract's table.
    private func damage(
        _ corruption: ContractCorruption, _ id: String, _ form: Form, _ lab: ElasticsearchLab
    ) async throws -> ContractCorruption.Effect? {
        var document: [String: JSONValue] = ["id": .text(id), "name": "whole", "number": 12]
        if form == .soft {
            document["deleted"] = false
            document["origin"] = "contract"
        }
        var effect = ContractCorruption.Effect.different
        let path =
            "/\(lab.prefix)/_doc/\(PathPart.encode(id))?" + (form == .routed ? "routing=\(PathPart.encode(id))" : "")
        switch corruption {
        case .drop:
            try AnswerTable.requireSuccess(try await lab.client.send(.delete(path)), doing: "damaging")
            return .missing
        case .changedColumn: document["name"] = "Whole"
        case .lostColumn: document["name"] = nil
        case .otherText: document["number"] = "12"
        case .deletedGuard:
            guard form == .soft else { return nil }
            document["deleted"] = true
            effect = .missing
        case .foreignGuard:
            guard form == .soft else { return nil }
            document["origin"] = "another"
        case .extraField:
            // The mapping is strict.
            _ = try await lab.client.send(
                .put("/\(lab.prefix)/_mapping", ["properties": ["other": ["type": "keyword"]]]))
            document["other"] = .null
        case .lostGuard:
            // Somebody's own write with the same content: all is as it should be but for the version.
            effect = .equal
        case .otherType, .otherLifetime: return nil
        }
        try AnswerTable.requireSuccess(try await lab.client.send(.put(path, .object(document))), doing: "damaging")
        return effect
    }
}

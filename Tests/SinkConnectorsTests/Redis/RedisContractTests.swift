import Connector
import ConnectorTestKit
import Foundation
import RedisCodec
import Testing
import Wire

@testable import SinkConnectors

/// The forms that a row can have, each held to the contract of sinks.
@Suite(.enabled(if: RedisLab.isWanted)) struct RedisContractTests {
    enum Form: String, CaseIterable, CustomTestStringConvertible {
        case hash, expiringHash, hashUntil, json, expiringJSON, set, sortedSet, expiringSet, expiringSortedSet

        var testDescription: String { rawValue }

        /// The mapping's options; keys begin with `prefix`.
        func options(prefix: String) -> [String: OptionValue] {
            let hour = OptionValue.duration(.seconds(3600))
            return switch self {
            case .hash: ["hash": .text("\(prefix):{id}"), "nulls": .text("omit")]
            case .expiringHash: ["hash": .text("\(prefix):{{tag}}:{id}"), "ttl": hour]
            case .hashUntil: ["hash": .text("\(prefix):{id}"), "expires_at": .text("later")]
            case .json: ["json": .text("\(prefix):{id}")]
            case .expiringJSON: ["json": .text("{{\(prefix)}}:{id}"), "ttl": hour]
            case .set: ["set": .text("\(prefix):all"), "member": .text("m{id}")]
            case .sortedSet: ["sorted_set": .text("\(prefix):all"), "member": .text("m{id}"), "score": .text("number")]
            case .expiringSet: ["set": .text("\(prefix):{id}:all"), "member": .text("m{id}"), "ttl": hour]
            case .expiringSortedSet:
                [
                    "sorted_set": .text("{{\(prefix)}}:{id}"), "member": .text("m{id}"), "score": .text("number"),
                    "ttl": hour,
                ]
            }
        }
    }

    @Test(arguments: Form.allCases)
    func everyFormKeepsTheContract(form: Form) async throws {
        for check in SinkContract.checks {
            try await RedisLab.run { lab in
                let source = MirroredSource()
                try await lab.withSink(source: source) { sink in
                    let subject = try lab.contractSubject(form, MirroringSink(sink: sink, source: source))
                    do {
                        try await check.run(subject)
                    } catch {
                        Issue.record(error, "\(form): \(check.name)")
                    }
                }
            }
        }
    }
}

extension RedisLab {
    fileprivate func contractSubject(
        _ form: RedisContractTests.Form, _ sink: MirroringSink
    ) throws -> ContractSubject {
        let mapping = try sink.makeMapping(
            ContractRow.request(options: .test(form.options(prefix: prefix))))
        let prefix = prefix
        return ContractSubject(
            sink: sink, mapping: mapping, pipeline: prefix,
            read: { id in
                switch form {
                case .hash, .hashUntil: try await readHash("\(prefix):\(id)")
                case .expiringHash: try await readHash("\(prefix):{tag}:\(id)")
                case .json: try await ask("GET", "\(prefix):\(id)").text
                case .expiringJSON: try await ask("GET", "{\(prefix)}:\(id)").text
                case .set: try await ask("SISMEMBER", "\(prefix):all", "m\(id)") == .integer(1) ? "member" : nil
                case .expiringSet:
                    try await ask("SISMEMBER", "\(prefix):\(id):all", "m\(id)") == .integer(1) ? "member" : nil
                case .sortedSet: try await ask("ZSCORE", "\(prefix):all", "m\(id)").text
                case .expiringSortedSet: try await ask("ZSCORE", "{\(prefix)}:\(id)", "m\(id)").text
                }
            },
            render: { row in
                switch form {
                case .hash, .expiringHash, .hashUntil:
                    "\(row.id)|\(row.name ?? "-")|\(row.number)"
                case .json, .expiringJSON:
                    "{\"id\":\(Self.json(row.id)),\"name\":\(row.name.map(Self.json) ?? "null"),\"number\":\(row.number)}"
                case .set, .expiringSet: "member"
                case .sortedSet, .expiringSortedSet: "\(row.number)"
                }
            },
            corrupt: { corruption, id in
                try await RedisDamage(lab: self, form: form, id: id).effect(of: corruption)
            })
    }

    private func readHash(_ key: String) async throws -> String? {
        let fields = try await hash(key)
        guard !fields.isEmpty else { return nil }
        return "\(fields["id"] ?? "-")|\(fields["name"] ?? "-")|\(fields["number"] ?? "-")"
    }

    private static func json(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.append(jsonString: text)
        return String(decoding: bytes, as: UTF8.self)
    }
}

internal import Connector
internal import RedisCodec

extension RedisSink {
    func check(_ mappings: [any RowMapping]) async -> [Diagnostic] {
        let mappings = mappings.compactMap { $0 as? RedisMapping }
        var findings: [Diagnostic] = []
        do {
            var info = RedisCommands()
            try info.append(["INFO"])
            let server = RedisServer(info: try await control.send(info).first?.text ?? "")
            findings += RedisServerCheck.findings(server, saving: try await savingSettings())
            let permissions = RedisPermissionCheck(
                client: control, server: server, marker: RedisKey.marker(of: pipeline, sink: name))
            findings += try await permissions.findings(mappings)
        } catch {
            findings.append(Diagnostic(.error, "\(error)"))
        }
        findings += RedisMappingCheck.conflicts(mappings)
        for mapping in mappings { findings += RedisMappingCheck.findings(mapping) }
        return findings
    }

    /// What the server says of its saving; empty where the user may not ask.
    private func savingSettings() async throws -> [String: String] {
        var commands = RedisCommands()
        for name in ["save", "appendfsync"] { try commands.append(["CONFIG", "GET", name]) }
        var settings: [String: String] = [:]
        for reply in try await control.send(commands) {
            guard let pair = reply.elements, pair.count == 2, let name = pair[0].text else { continue }
            settings[name] = pair[1].text
        }
        return settings
    }
}

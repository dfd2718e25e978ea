internal import Change
internal import Connector

extension ElasticsearchSink {
    func check(_ mappings: [any RowMapping]) async -> [Diagnostic] {
        let known = mappings.compactMap { $0 as? ElasticsearchMapping }
        var findings = ConnectionCheck.findings(
            options.nodes, hasCredentials: !options.credentials.isNone, isVerifying: options.tls.isVerifying,
            at: options.urlLocation, target: "the cluster")
        do {
            let server = try await client.detect()
            findings.append(Diagnostic(.note, at: options.urlLocation, "the cluster is \(server)"))
            findings += try await checkPrivileges(known)
            findings += await checkIndices(known, product: server.product)
        } catch {
            findings.append(Diagnostic(.error, at: options.urlLocation, "\(error)"))
        }
        for mapping in known { findings += MappingCheck.findings(mapping) }
        return findings
    }

    /// Asks the cluster whether the user may do what the sink does; clusters without security are not asked.
    private func checkPrivileges(_ mappings: [ElasticsearchMapping]) async throws -> [Diagnostic] {
        guard !options.credentials.isNone, client.server?.product == .elasticsearch else { return [] }
        let names = Set(mappings.map(\.index.pattern)).union([options.markerIndex]).sorted()
        let wanted: JSONValue = [
            "cluster": ["monitor"],
            "index": [
                [
                    "names": .array(names.map { .text($0) }),
                    "privileges": ["create_index", "view_index_metadata", "manage", "read", "index", "delete"],
                ]
            ],
        ]
        let response = try await client.send(.post("/_security/user/_has_privileges", wanted))
        if response.status == 404 || response.status == 400 || response.status == 405 { return [] }
        try AnswerTable.requireSuccess(response, doing: "asking for the user's privileges")
        let answer = try response.json()
        var missing: [String] = []
        if answer[["cluster", "monitor"]] == false { missing.append("monitor on the cluster") }
        for (index, privileges) in (answer["index"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            let lacking = (privileges.object ?? [:]).filter { $0.value == false }.keys.sorted()
            if !lacking.isEmpty { missing.append("\(lacking.joined(separator: ", ")) on \(index)") }
        }
        return missing.map { Diagnostic(.error, at: options.urlLocation, "the user lacks the privilege \($0)") }
    }

    private func checkIndices(
        _ mappings: [ElasticsearchMapping], product: ElasticsearchServer.Product
    ) async -> [Diagnostic] {
        var findings: [Diagnostic] = []
        let fixed = mappings.filter { $0.index.fixedName != nil }
        for (index, writers) in Dictionary(grouping: fixed, by: { $0.index.pattern }).sorted(by: { $0.key < $1.key }) {
            let place = writers[0].request.options.location(of: "index")
            do {
                let definition = try IndexDefinition(writers, product: product)
                guard let existing = try await describe(index) else {
                    findings.append(Diagnostic(.note, at: place, "the index \(index) will be created"))
                    continue
                }
                let comparison = MappingComparison(definition, with: existing)
                findings += comparison.conflicts.map { Diagnostic(.error, at: place, "\(index): \($0)") }
                findings += comparison.differences.map { Diagnostic(.warning, at: place, "\(index): \($0)") }
                if !comparison.missing.isEmpty {
                    let names = comparison.missing.keys.sorted().joined(separator: ", ")
                    findings.append(Diagnostic(.note, at: place, "\(index): the fields \(names) will be added"))
                }
                findings += DurabilityCheck.findings(existing, at: place)
                if let foreign = try await foreignDocuments(in: existing) {
                    findings.append(
                        Diagnostic(
                            .warning, at: place, "\(index) holds \(foreign) documents that this pipeline did not write",
                            hint: "a row whose document has a higher version there never replaces it"))
                }
            } catch let errors as ConfigurationErrors {
                findings += errors.diagnostics
            } catch {
                findings.append(Diagnostic(.error, at: place, "\(error)"))
            }
        }
        return findings
    }

    /// How many documents an index holds that the pipeline has not written to; nil where there are none.
    private func foreignDocuments(in index: ExistingIndex) async throws -> Int64? {
        guard try await ledger.knownIndices().values.allSatisfy({ $0 != index.identity }) else { return nil }
        let response = try await client.send(.get("/\(PathPart.encode(index.name))/_count"))
        try AnswerTable.requireSuccess(response, doing: "counting the documents of \(index.name)")
        let count = try response.json()["count"]?.integer ?? 0
        return count > 0 ? count : nil
    }
}

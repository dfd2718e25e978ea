internal import Change
internal import Connector
internal import MongoClient

/// What a check of the real server finds; changes nothing there.
struct MongoSourceCheck: Sendable {
    let options: MongoDBSourceOptions
    let tables: [TableName]

    @available(*, noasync)
    func run(on connection: MongoConnection) throws -> [Diagnostic] {
        let server = try MongoServerFacts.read(connection)
        var findings = transport()
        findings += oplog(try OplogFacts.read(connection), server)
        if server.featureCompatibility.compare(with: 6) < 0 {
            findings.append(
                Diagnostic(
                    .error, at: options.urlLocation,
                    "featureCompatibilityVersion is \(server.featureCompatibility): 6.0 or later is needed",
                    hint: "db.adminCommand({setFeatureCompatibilityVersion: \"6.0\"})"))
        }
        for facts in try CollectionFacts.find(tables, in: options, on: connection) { findings += describe(facts) }
        return findings
    }

    private func transport() -> [Diagnostic] {
        switch options.settings.transport {
        case .verified: []
        case .plain:
            [
                Diagnostic(
                    .warning, at: options.urlLocation, "the connection is not encrypted",
                    hint: "add tls=true to the url")
            ]
        case .unverified:
            [
                Diagnostic(
                    .warning, at: options.urlLocation, "the url switches the verification of the server off",
                    hint: "take tlsInsecure and tlsAllowInvalid… out of the url, and give tlsCAFile")
            ]
        }
    }

    private func oplog(_ oplog: OplogFacts?, _ server: MongoServerFacts) -> [Diagnostic] {
        guard let oplog else {
            return [
                Diagnostic(
                    .warning, at: options.urlLocation,
                    "the user may not read the oplog, so nobody warns before it is too short",
                    hint: "grant clusterMonitor on admin and read on local")
            ]
        }
        let hours = Double(oplog.seconds(to: server.majorityTime)) / 3600
        let window = hours < 1 ? "less than an hour" : "\(Int(hours)) h"
        return [
            Diagnostic(
                .note, at: options.urlLocation,
                "the oplog reaches back \(window) and may hold \(oplog.bytesMax >> 20) MB: a pipeline that stands still for "
                    + "longer than it reaches has to load everything again")
        ]
    }

    private func describe(_ facts: CollectionFacts) -> [Diagnostic] {
        var findings: [Diagnostic] = []
        if let obstacle = facts.obstacle {
            findings.append(
                Diagnostic(.error, at: options.tablesLocation, "\(facts.table) cannot be read: \(obstacle)"))
        }
        if facts.isCapped {
            findings.append(
                Diagnostic(
                    .warning, at: options.tablesLocation,
                    "\(facts.table) is capped: documents that fall out of it at the old end leave no change, and stay in "
                        + "the sinks"))
        }
        let images =
            facts.keepsImages
            ? "changes carry the document as it was, so keys may be made of any field"
            : "changes carry no document as it was, so keys can be made of _id alone"
        findings.append(
            Diagnostic(
                .note, at: options.tablesLocation, "\(facts.table): \(images)",
                hint: facts.keepsImages
                    ? nil
                    : "db.runCommand({collMod: \"\(facts.table.name)\", changeStreamPreAndPostImages: {enabled: true}})"
            ))
        return findings
    }
}

extension String {
    /// Compares the whole number that the text begins with.
    fileprivate func compare(with number: Int) -> Int {
        (Int(prefix { $0.isNumber }) ?? 0) - number
    }
}

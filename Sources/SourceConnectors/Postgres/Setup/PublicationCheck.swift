internal import Change
internal import Connector
internal import Logging
internal import PostgresClient

/// Checks the publications: what exists, and what we may not create or change ourselves.
struct PublicationCheck {
    let options: PostgresSourceOptions
    let server: ServerFacts

    func run(_ publications: [String: PublicationFacts], _ tables: [TableFacts]) throws -> [Diagnostic] {
        let setup = PublicationSetup(options: options, logger: Logger(label: "check") { _ in SwiftLogNoOpLogHandler() })
        var findings: [Diagnostic] = []
        for name in options.publications {
            let own = tables.filter { $0.isCoverable && setup.home(of: $0) == name }
            guard let publication = publications[name] else {
                let foreign = own.filter { !$0.isOwned }
                findings.append(
                    finding(
                        foreign.isEmpty || server.isSuperuser ? .note : .error,
                        foreign.isEmpty || server.isSuperuser
                            ? "publication \(name) will be created"
                            : "publication \(name) does not exist, and role \(server.role) owns not all of its tables",
                        "\(setup.creation(of: name));"
                            + (own.isEmpty ? "" : " \(try setup.addition(of: own, to: name));")))
                continue
            }
            findings += try check(publication, own, others: publications.filter { $0.key != name }.values, setup)
        }
        return findings
    }

    private func check(
        _ publication: PublicationFacts, _ own: [TableFacts],
        others: some Sequence<PublicationFacts>, _ setup: PublicationSetup
    ) throws -> [Diagnostic] {
        var findings: [Diagnostic] = []
        if let fault = setup.fault(of: publication) {
            findings.append(
                finding(.error, "publication \(publication.name): \(fault.message)", "\(fault.statement);"))
        }
        let missing = own.filter { publication.members[$0.id] == nil }
        if !missing.isEmpty {
            let mayAdd = server.isSuperuser || (publication.isOwned && missing.allSatisfy(\.isOwned))
            findings.append(
                finding(
                    mayAdd ? .note : .error,
                    "publication \(publication.name) does not have "
                        + missing.map(\.table.description).joined(separator: ", ")
                        + (mayAdd ? ": it will be added" : ", and role \(server.role) may not add it"),
                    "\(try setup.addition(of: missing, to: publication.name));"))
        }
        for table in own {
            guard others.contains(where: { $0.members[table.id] != nil }) else { continue }
            findings.append(
                finding(.warning, "\(table.table) stands in more than one publication of the pipeline"))
        }
        return findings
    }

    private func finding(_ severity: Diagnostic.Severity, _ message: String, _ hint: String? = nil) -> Diagnostic {
        Diagnostic(severity, at: options.tablesLocation, message, hint: hint)
    }
}

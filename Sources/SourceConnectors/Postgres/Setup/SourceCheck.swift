internal import Change
internal import Connector
internal import PostgresClient

/// What a check of the real server finds; changes nothing there.
struct SourceCheck {
    let options: PostgresSourceOptions
    let tables: [TableName]

    /// Every finding, each with the statement that mends it.
    @available(*, noasync)
    func run(on session: PostgresConnection) throws -> [Diagnostic] {
        let server = try ServerFacts.read(session)
        let found = try TableFacts.read(tables, on: session)
        let missing = tables.filter { table in !found.contains { $0.table == table } }
        let slot = try SlotFacts.read(options.slot, on: session)
        let publications = try PublicationFacts.read(options.publications, on: session)
        var findings = ServerCheck(options: options).run(server, slot: slot)
        if !missing.isEmpty { findings += try TableLookup.diagnostics(for: missing, in: options, on: session) }
        findings += try TableCheck(options: options, server: server).run(found, on: session)
        findings += try PublicationCheck(options: options, server: server).run(publications, found)
        return findings
    }
}

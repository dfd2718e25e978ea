internal import Change
internal import Connector
internal import Logging
internal import PostgresClient

/// Creates the pipeline's publications, and keeps them at what the pipeline needs.
struct PublicationSetup {
    let options: PostgresSourceOptions
    let logger: Logger

    /// Makes every table a member of the one publication that fits its replica identity.
    ///
    /// Both publications are created at once, before the slot, though one may stay empty: the server looks a
    /// publication up as of the time of each change, and would stop at changes older than the publication.
    ///
    /// - Parameter missing: see ``missing(on:)``.
    @available(*, noasync)
    func ensure(_ tables: [TableFacts], creating missing: [String], on session: PostgresConnection) throws {
        for name in missing {
            try create(name, on: session)
            logger.info("created a publication", metadata: ["publication": "\(name)"])
        }
        let publications = try PublicationFacts.read(options.publications, on: session)
        for name in options.publications {
            guard let publication = publications[name] else { throw CatalogError.noRow("publication") }
            try verify(publication)
            let others = publications.filter { $0.key != name }.values
            try adopt(tables, into: publication, from: Array(others), on: session)
            warnOfStrangers(in: publication, tables)
        }
    }

    /// The publications that do not exist.
    @available(*, noasync)
    func missing(on session: PostgresConnection) throws -> [String] {
        let existing = try PublicationFacts.read(options.publications, on: session)
        return options.publications.filter { existing[$0] == nil }
    }

    /// Which publication a table belongs to.
    func home(of table: TableFacts) -> String {
        table.canPublishUpdates ? options.publication : options.keylessPublication
    }

    /// The statement that creates a publication, empty.
    func creation(of name: String) -> String {
        let operations = name == options.publication ? "insert, update, delete, truncate" : "insert, truncate"
        return "CREATE PUBLICATION \(name) WITH (publish = '\(operations)', publish_via_partition_root = true)"
    }

    /// The statement that adds tables to a publication.
    func addition(of tables: [TableFacts], to name: String) throws -> String {
        let list = try tables.map { try $0.from() }.joined(separator: ", ")
        return "ALTER PUBLICATION \(name) ADD TABLE \(list)"
    }

    /// What is wrong with a publication's own settings; nil where nothing is.
    func fault(of publication: PublicationFacts) -> (message: String, statement: String)? {
        let publishesUpdates = publication.name == options.publication
        if !publication.insert || !publication.truncate
            || (publishesUpdates && !(publication.update && publication.delete))
        {
            return (
                "it does not publish every kind of change",
                "ALTER PUBLICATION \(publication.name) SET (publish = '"
                    + (publishesUpdates ? "insert, update, delete, truncate" : "insert, truncate") + "')"
            )
        }
        if !publishesUpdates, publication.update || publication.delete {
            return (
                "it publishes updates of tables without a key, which makes the application's updates fail",
                "ALTER PUBLICATION \(publication.name) SET (publish = 'insert, truncate')"
            )
        }
        if !publication.viaRoot {
            return (
                "it publishes changes of partitions under the partitions' names",
                "ALTER PUBLICATION \(publication.name) SET (publish_via_partition_root = true)"
            )
        }
        return nil
    }

    @available(*, noasync)
    private func create(_ name: String, on session: PostgresConnection) throws {
        let comment = try Quoting.quoted(literal: PublicationFacts.comment)
        try session.execute("\(creation(of: name)); COMMENT ON PUBLICATION \(name) IS \(comment)")
    }

    private func verify(_ publication: PublicationFacts) throws {
        guard let fault = fault(of: publication) else { return }
        throw MillraceError(
            .sourceRejected,
            "the publication cannot be used: \(fault.message); `millrace check` prints the statement "
                + "that mends it", place: publication.name)
    }

    /// Adds the tables that are missing, taking them out of the other publication first where they stand there.
    @available(*, noasync)
    private func adopt(
        _ tables: [TableFacts], into publication: PublicationFacts, from others: [PublicationFacts],
        on session: PostgresConnection
    ) throws {
        let missing = tables.filter { home(of: $0) == publication.name && publication.members[$0.id] == nil }
        guard !missing.isEmpty else { return }
        var statements: [String] = []
        for other in others {
            for table in missing where other.members[table.id] != nil && !other.coversAllTables {
                statements.append("ALTER PUBLICATION \(other.name) DROP TABLE \(try table.from())")
            }
        }
        statements.append(try addition(of: missing, to: publication.name))
        try session.execute(statements.joined(separator: "; "))
        logger.info(
            "added tables to a publication",
            metadata: [
                "publication": "\(publication.name)",
                "tables": "\(missing.map(\.table.description).joined(separator: ", "))",
            ])
    }

    private func warnOfStrangers(in publication: PublicationFacts, _ tables: [TableFacts]) {
        let own = Set(tables.map(\.id))
        let strangers = publication.members.values.filter { !own.contains($0.id) }.map(\.table.description).sorted()
        guard !strangers.isEmpty, !publication.coversAllTables else { return }
        logger.warning(
            "the publication has tables that the pipeline does not read",
            metadata: [
                "publication": "\(publication.name)", "tables": "\(strangers.prefix(10).joined(separator: ", "))",
            ])
    }
}

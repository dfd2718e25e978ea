internal import Change
internal import Connector
internal import PostgresClient

/// Finds tables of the pipeline that their publications no longer publish.
enum PublicationDrift {
    /// The error that names them and says what to do; nil where every table is published.
    @available(*, noasync)
    static func find(
        _ expected: [TableName: UInt32], in options: PostgresSourceOptions, on session: PostgresConnection
    ) throws -> MillraceError? {
        let publications = try PublicationFacts.read(options.publications, on: session)
        guard publications[options.publication] != nil else {
            return SlotGuard.missing(publication: options.publication)
        }
        let published = Set(publications.values.flatMap { $0.members.keys })
        let missing = expected.filter { !published.contains($0.value) }.keys.sorted()
        guard let first = missing.first else { return nil }
        let existing = try TableFacts.read(missing, on: session)
        let recreated = existing.contains { $0.table == first && $0.id != expected[first] }
        let names = missing.map(\.description).joined(separator: ", ")
        let message =
            recreated
            ? "the table was dropped and created again, and its changes are not published any more: restart the "
                + "pipeline, which publishes and loads it anew"
            : existing.contains { $0.table == first }
                ? "the table was taken out of the publication, and its changes are not read any more: restart the "
                    + "pipeline, which adds it again, and read it anew with "
                    + "`millrace snapshot --find-deletes`"
                : "the table does not exist any more: take it out of the pipeline file, or create it and restart"
        return MillraceError(.sourceRejected, message, place: names)
    }
}

internal import Algorithms
internal import Change
internal import Connector
internal import MongoClient
internal import Wire

extension MongoDBSource {
    /// How many keys one command asks for.
    private static let lookupKeysMax = 1_000

    func lookup(_ request: LookupRequest) async throws -> LookupResult {
        var rows: [[Row]] = []
        rows.reserveCapacity(request.keys.count)
        let after = request.transactions.max().map(MongoPosition.time)
        for keys in request.keys.chunks(ofCount: Self.lookupKeysMax) {
            var part = request
            part.keys = Array(keys)
            let lookup = DocumentLookup(request: part, after: after)
            rows += try await connections.ask("re-reading documents", place: "\(request.schema.table)") {
                try lookup.run(on: $0)
            }
        }
        return LookupResult(rows: rows)
    }
}

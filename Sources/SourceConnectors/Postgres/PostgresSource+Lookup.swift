internal import Change
internal import Connector
internal import PostgresClient
internal import Synchronization

extension PostgresSource {
    /// How many keys one statement asks for.
    private static let lookupKeysMax = 1_000

    func lookup(_ request: LookupRequest) async throws -> LookupResult {
        var rows: [[Row]] = []
        rows.reserveCapacity(request.keys.count)
        for start in stride(from: 0, to: request.keys.count, by: Self.lookupKeysMax) {
            var part = request
            part.keys = Array(request.keys[start..<min(start + Self.lookupKeysMax, request.keys.count)])
            rows += try await lookupPart(part).rows
        }
        return LookupResult(rows: rows)
    }

    private func lookupPart(_ request: LookupRequest) async throws -> LookupResult {
        var pause = Duration.milliseconds(2)
        while true {
            switch try await lookupOnce(request) {
            case .rows(let result): return result
            case .renamed: forgetLookupTable(request.schema.id)
            case .tooEarly: break
            case .standby:
                throw MillraceError(.sourceRejected, "rows are re-read on the primary only; the url leads to a standby")
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(250))
        }
    }

    private func lookupOnce(_ request: LookupRequest) async throws -> LookupStatement.Outcome {
        let known = lookupTables.withLock { $0[request.schema.id] }
        do {
            return try await lookups.run { [self] session in
                let table = try known ?? findLookupTable(request.schema, on: session)
                let statement = try LookupStatement(request, of: table)
                return try statement.outcome(try session.query(statement.text, statement.parameters))
            }
        } catch let error as PostgresError
            where known != nil && [.undefinedTable, .undefinedColumn].contains(error.code)
        {
            return .renamed
        } catch {
            throw PostgresFault.describe(error, doing: "re-reading rows", place: "\(request.schema.table)")
        }
    }

    @available(*, noasync)
    private func findLookupTable(_ schema: TableSchema, on session: PostgresConnection) throws -> LookupTable {
        guard let facts = try TableFacts.read(id: UInt32(truncatingIfNeeded: schema.id), on: session) else {
            throw MillraceError(.sourceRejected, "the table does not exist any more", place: "\(schema.table)")
        }
        let table = try LookupTable(facts)
        lookupTables.withLock { $0[schema.id] = table }
        return table
    }

    private func forgetLookupTable(_ id: UInt64) {
        lookupTables.withLock { $0[id] = nil }
    }
}

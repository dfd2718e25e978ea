internal import Algorithms
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
        for part in request.parts(ofKeys: Self.lookupKeysMax) {
            guard case .rows(let found) = try await answer(to: part, .rows) else { throw Self.mismatch }
            rows += found
        }
        return LookupResult(rows: rows)
    }

    func count(_ request: LookupRequest) async throws -> [Int] {
        var counts: [Int] = []
        counts.reserveCapacity(request.keys.count)
        for part in request.parts(ofKeys: Self.lookupKeysMax) {
            guard case .counts(let found) = try await answer(to: part, .counts) else { throw Self.mismatch }
            counts += found
        }
        return counts
    }

    func lookupPart(_ request: LookupRequest, after: [String]?, rowsMax: Int) async throws -> LookupPart {
        guard case .rows(let found) = try await answer(to: request, .part(after: after, rowsMax: rowsMax)) else {
            throw Self.mismatch
        }
        let rows = found.first ?? []
        let isLast = rows.count < rowsMax
        let next = isLast ? nil : rows.last.map { row in request.schema.primaryKey.map { row.text($0) ?? "" } }
        return LookupPart(rows: rows, next: next)
    }

    /// Only what writes has a number and is waited for.
    func waitForEarlierTransactions() async throws {
        let next = try await snapshotBound("max")
        while try await snapshotBound("min") < next { try await Task.sleep(for: .milliseconds(20)) }
    }

    /// The lowest number that is running, or the first that was not given out.
    private func snapshotBound(_ bound: String) async throws -> UInt64 {
        do {
            return try await lookups.run { session in
                let result = try session.query("SELECT pg_snapshot_x\(bound)(pg_current_snapshot())", [])
                guard let number = result.rows.first?.first.flatMap({ $0 }).flatMap({ UInt64($0) }) else {
                    throw CatalogError.noRow("snapshot")
                }
                return number
            }
        } catch {
            throw PostgresFault.describe(error, doing: "reading the running transactions")
        }
    }

    private static var mismatch: MillraceError { MillraceError(.invariant, "a re-read gives what it was asked for") }

    private func answer(to request: LookupRequest, _ form: LookupStatement.Form) async throws -> LookupStatement.Answer
    {
        var pause = Duration.milliseconds(2)
        while true {
            switch try await lookupOnce(request, form) {
            case .answer(let answer): return answer
            case .renamed: forgetLookupTable(request.schema.id)
            case .tooEarly: break
            case .tooLarge:
                // Fewer keys at once; one whose rows alone are too many is an error.
                let middle = request.keys.count / 2
                var (first, second) = (request, request)
                first.keys = Array(request.keys[..<middle])
                second.keys = Array(request.keys[middle...])
                switch (try await answer(to: first, form), try await answer(to: second, form)) {
                case (.rows(let first), .rows(let second)): return .rows(first + second)
                case (.counts(let first), .counts(let second)): return .counts(first + second)
                default: throw Self.mismatch
                }
            case .standby:
                throw MillraceError(.sourceRejected, "rows are re-read on the primary only; the url leads to a standby")
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(250))
        }
    }

    private func lookupOnce(
        _ request: LookupRequest, _ form: LookupStatement.Form
    ) async throws -> LookupStatement.Outcome {
        let known = lookupTables.withLock { $0[request.schema.id] }
        do {
            return try await lookups.run { [self] session in
                let table = try known ?? findLookupTable(request.schema, on: session)
                let statement = try LookupStatement(request, form, of: table)
                return try statement.outcome(try session.query(statement.text, statement.parameters))
            }
        } catch let error as PostgresError
            where known != nil && [.undefinedTable, .undefinedColumn].contains(error.code)
        {
            return .renamed
        } catch let error as PostgresError where error.kind == .answerTooLarge && request.keys.count > 1 {
            return .tooLarge
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

extension LookupRequest {
    /// The request in parts of so many keys.
    fileprivate func parts(ofKeys countMax: Int) -> [LookupRequest] {
        keys.chunks(ofCount: countMax).map { keys in
            var part = self
            part.keys = Array(keys)
            return part
        }
    }
}

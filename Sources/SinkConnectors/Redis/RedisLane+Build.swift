internal import Change
internal import Connector
internal import RedisCodec

extension RedisLane {
    /// Makes the collections that these writes found absent, whole, of rows read again no earlier than the writes' own
    /// transactions are visible.
    func build(
        _ indices: [Int], of writes: [SinkWrite], _ session: RedisSession, _ results: inout [ItemResult]
    ) async throws {
        var outrun: [Int] = []
        for absent in Self.collections(of: indices, in: writes) {
            var rest = absent.keys[...]
            while !rest.isEmpty {
                let keys = rest.prefix(reach.count)
                outrun += try await build(absent, keys, of: writes, session, &results)
                rest = rest.dropFirst(keys.count)
            }
        }
        if !outrun.isEmpty { try await change(outrun.sorted(), of: writes, session, &results) }
    }

    /// The collections of one mapping that writes found absent.
    private struct Absent {
        var mapping: RedisMapping
        var form: RedisForm.CollectionForm
        var score: Score?
        /// What the collections' keys are made of.
        var parts: [LookupRequest.Part]
        /// The values of these parts, one list for each collection.
        var keys: [[String]]
        /// By key, the writes that found the collection absent.
        var triggers: [[String]: [Int]]
    }

    private static func collections(of indices: [Int], in writes: [SinkWrite]) -> [Absent] {
        Dictionary(grouping: indices) { ObjectIdentifier(writes[$0].mapping) }.values.map { indices in
            guard let mapping = writes[indices[0]].mapping as? RedisMapping, let form = mapping.collectionForm else {
                preconditionFailure("only a collection's script answers that it is absent")
            }
            let parts = mapping.key.lookupParts
            let triggers = Dictionary(grouping: indices) { index in parts.map { $0.text(of: writes[index].row) ?? "" } }
            return Absent(
                mapping: mapping, form: form, score: mapping.score, parts: parts,
                keys: triggers.keys.sorted { $0.lexicographicallyPrecedes($1) }, triggers: triggers)
        }
    }

    /// Reads the rows of some collections again and makes the collections; returns the writes whose collection another
    /// lane has made meanwhile.
    private func build(
        _ absent: Absent, _ keys: ArraySlice<[String]>, of writes: [SinkWrite], _ session: RedisSession,
        _ results: inout [ItemResult]
    ) async throws -> [Int] {
        let mapping = absent.mapping
        let all = keys.flatMap { absent.triggers[$0] ?? [] }
        let found: LookupResult
        do {
            var request = LookupRequest(
                schema: mapping.request.shaping?.sourceSchema ?? mapping.request.schema, parts: absent.parts,
                keys: Array(keys), transactions: Set(all.map { writes[$0].transaction }).subtracting([0]).sorted())
            request.meansKeyText = true
            request.wanted = mapping.request.shaping?.sourceColumns(behind: Set(mapping.neededColumns))
            found = try await source.lookup(request)
        } catch let error as MillraceError where error.code == .sourceRejected && keys.count > 1 {
            // Together their rows may be too many.
            var outrun: [Int] = []
            for index in keys.indices {
                outrun += try await build(absent, keys[index...index], of: writes, session, &results)
            }
            return outrun
        } catch let error as MillraceError {
            for index in all { results[index] = Self.result(ofReading: error) }
            return []
        }
        guard found.rows.count == keys.count else {
            throw MillraceError(.invariant, "a look-up answers for \(found.rows.count) of \(keys.count) keys")
        }
        reach.note(bytes: found.rows.joined().reduce(0) { $0 + $1.byteCount }, of: keys.count)
        encoding.removeAll()
        var built: [[Int]] = []
        for (key, rows) in zip(keys, found.rows) {
            let triggers = absent.triggers[key] ?? []
            do {
                try encoding.appendBuild(
                    of: try mapping.shaped(rows, sharingKeyOf: writes[triggers[0]].row),
                    for: triggers.map { writes[$0] },
                    mapping, absent.form,
                    score: absent.score, scripts: session.scripts, tombstone: tombstone)
                built.append(triggers)
            } catch {
                let reason = (error as? RedisRowProblem)?.reason ?? "a row of the collection cannot be shaped"
                for index in triggers { results[index] = .park(reason: reason) }
            }
        }
        return read(try await client.send(encoding.commands, in: session), ofBuilding: built, &results)
    }

    /// Notes what became of the writes behind each collection; returns those that have to be repeated.
    private func read(
        _ replies: [RedisReply], ofBuilding built: [[Int]], _ results: inout [ItemResult]
    ) -> [Int] {
        var outrun: [Int] = []
        for (indices, reply) in zip(built, replies) {
            let result: ItemResult
            switch reply {
            case .integer(1): result = .applied
            case .integer(0):
                outrun += indices
                continue
            case .error(let error): result = RedisFailures.result(for: error)
            case .integer, .status, .bulk, .null, .array: result = Self.unexpected
            }
            for index in indices { results[index] = result }
        }
        return outrun
    }

    /// Repeats writes whose collection another lane has made meanwhile.
    private func change(
        _ indices: [Int], of writes: [SinkWrite], _ session: RedisSession, _ results: inout [ItemResult]
    ) async throws {
        encoding.removeAll()
        let encoded = encode(indices, of: writes, session, &results)
        let replies = try await client.send(encoding.commands, in: session)
        let undecided = read(replies[...], of: encoded, in: writes, &results)
        for index in undecided.absent + undecided.unknownScripts {
            results[index] = .retry(reason: "the collection was gone again before it could be changed")
        }
    }

    /// What becomes of a write whose collection could not be read: it waits while the source is away.
    private static func result(ofReading error: MillraceError) -> ItemResult {
        error.code == .sourceUnavailable
            ? .retry(reason: "the rows of a collection cannot be read again now")
            : .stop(MillraceError(error.code, "the rows of a collection cannot be read again", underlying: error))
    }
}

extension RedisMapping {
    /// Rows of the source as rows of the mapping, without those that its `where` keeps out. Of documents, the source may
    /// have found some whose key is another.
    fileprivate func shaped(_ rows: [Row], sharingKeyOf member: Row) throws -> [Row] {
        var shaped = rows
        if let shaping = request.shaping { shaped = try rows.compactMap { try shaping.shape($0) } }
        guard request.schema.isOpen else { return shaped }
        var wanted: [UInt8] = []
        try key.append(member, to: &wanted)
        return shaped.filter { row in
            var found: [UInt8] = []
            return (try? key.append(row, to: &found)) != nil && found == wanted
        }
    }
}

internal import Change
internal import Connector
internal import RedisCodec

/// One lane of the sink: a connection of its own, over which one batch at a time goes as one pipeline.
actor RedisLane {
    let client: RedisClient
    let source: any ReadableSource
    /// How long a deletion is remembered, in milliseconds.
    let tombstone: Int64
    var encoding = RedisEncoding()
    /// How many collections are read again at once: their rows are in memory together.
    var reach = ReadReach(from: 4, to: 64, bytesWanted: 4 << 20)

    init(target: RedisTarget, source: any ReadableSource) {
        client = RedisClient(target)
        self.source = source
        tombstone = target.options.tombstoneLifetime.milliseconds
    }

    /// Sends the writes and says what became of each.
    ///
    /// Entries of streams go last, as one transaction: an entry that the server could not take must not be passed by
    /// the next of its stream, or its id would be refused for ever.
    func apply(_ writes: [SinkWrite]) async throws -> [ItemResult] {
        let session = try await client.connected()
        var results = [ItemResult](repeating: .applied, count: writes.count)
        encoding.removeAll()
        let (entries, others) = writes.indices.divided { writes[$0].mapping.isAppending }
        let guarded = encode(others, of: writes, session, &results)
        let appended = encodeTransaction(of: entries, in: writes, session, &results)
        let replies = try await client.send(encoding.commands, in: session)

        var undecided = read(replies.prefix(guarded.count), of: guarded, in: writes, &results)
        if !undecided.unknownScripts.isEmpty {
            let absent = try await resend(undecided.unknownScripts, of: writes, session, &results)
            undecided.absent = (undecided.absent + absent).sorted()
        }
        if !undecided.absent.isEmpty {
            try await build(undecided.absent, of: writes, session, &results)
        }
        if !appended.isEmpty {
            readTransaction(replies.dropFirst(guarded.count), of: appended, &results)
        }
        return results
    }

    func close() async { await client.close() }

    // MARK: Guarded writes

    /// Writes whose replies settle nothing yet.
    struct Undecided {
        /// The server has forgotten the scripts.
        var unknownScripts: [Int] = []
        /// An expiring collection has to be built before it can be changed.
        var absent: [Int] = []
    }

    /// Appends the commands of these writes; returns those that were appended. The others park.
    func encode(
        _ indices: [Int], of writes: [SinkWrite], _ session: RedisSession, _ results: inout [ItemResult]
    ) -> [Int] {
        var encoded: [Int] = []
        encoded.reserveCapacity(indices.count)
        for index in indices {
            do {
                try encoding.append(writes[index], scripts: session.scripts, tombstone: tombstone)
                encoded.append(index)
            } catch {
                results[index] = .park(reason: error.reason)
            }
        }
        return encoded
    }

    func read(
        _ replies: ArraySlice<RedisReply>, of indices: [Int], in writes: [SinkWrite], _ results: inout [ItemResult]
    ) -> Undecided {
        var undecided = Undecided()
        for (index, reply) in zip(indices, replies) {
            switch reply {
            case .integer where writes[index].isInvalidation: results[index] = .applied
            case .integer(1): results[index] = .applied
            case .integer(0): results[index] = .stale
            case .integer(2): undecided.absent.append(index)
            case .error(let error) where error.code == "NOSCRIPT": undecided.unknownScripts.append(index)
            case .error(let error): results[index] = RedisFailures.result(for: error)
            case .integer, .status, .bulk, .null, .array: results[index] = Self.unexpected
            }
        }
        return undecided
    }

    /// Loads the scripts again and repeats these writes; returns those whose collection is absent.
    private func resend(
        _ indices: [Int], of writes: [SinkWrite], _ session: RedisSession, _ results: inout [ItemResult]
    ) async throws -> [Int] {
        try await client.reloadScripts(in: session)
        encoding.removeAll()
        let encoded = encode(indices, of: writes, session, &results)
        let replies = try await client.send(encoding.commands, in: session)
        let undecided = read(replies[...], of: encoded, in: writes, &results)
        for index in undecided.unknownScripts {
            results[index] = .retry(reason: "Redis has lost the scripts again (NOSCRIPT)")
        }
        return undecided.absent
    }

    // MARK: Entries of streams

    private func encodeTransaction(
        of entries: [Int], in writes: [SinkWrite], _ session: RedisSession, _ results: inout [ItemResult]
    ) -> [Int] {
        guard !entries.isEmpty else { return [] }
        let start = encoding.commands.end
        encoding.beginCommand(arguments: 1)
        encoding.append(encoded: Self.multi)
        let encoded = encode(entries, of: writes, session, &results)
        guard !encoded.isEmpty else {
            encoding.rollBack(to: start)
            return []
        }
        encoding.beginCommand(arguments: 1)
        encoding.append(encoded: Self.exec)
        return encoded
    }

    private func readTransaction(
        _ replies: ArraySlice<RedisReply>, of indices: [Int], _ results: inout [ItemResult]
    ) {
        guard let answers = replies.last?.elements, answers.count == indices.count else {
            // Nothing was executed: the first refusal says why, and all of it is sent again.
            let refusals = replies.compactMap { if case .error(let error) = $0 { error } else { nil } }
            let result = refusals.first.map { RedisFailures.result(for: $0) } ?? Self.unexpected
            for index in indices { results[index] = result }
            return
        }
        for (index, answer) in zip(indices, answers) {
            switch answer {
            case .bulk: results[index] = .applied
            case .error(let error) where RedisFailures.isOldEntry(error): results[index] = .stale
            case .error(let error): results[index] = RedisFailures.result(for: error)
            case .integer, .status, .null, .array: results[index] = Self.unexpected
            }
        }
    }

    private static let multi = RedisCommands.encoded([Array("MULTI".utf8)])
    private static let exec = RedisCommands.encoded([Array("EXEC".utf8)])
    static let unexpected = ItemResult.stop(
        MillraceError(.sinkRejected, "the server does not answer as Redis does"))
}

extension SinkWrite {
    fileprivate var isInvalidation: Bool {
        guard let mapping = mapping as? RedisMapping, case .invalidation = mapping.form else { return false }
        return true
    }
}

extension Range<Int> {
    /// The numbers that pass, and the others, each in order.
    fileprivate func divided(by passes: (Int) -> Bool) -> ([Int], [Int]) {
        var passing: [Int] = []
        var others: [Int] = []
        others.reserveCapacity(count)
        for number in self {
            if passes(number) { passing.append(number) } else { others.append(number) }
        }
        return (passing, others)
    }
}

extension Duration {
    /// Whole milliseconds, rounded up.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}

internal import Change
internal import Connector
internal import RedisCodec

/// Compares what stands in Redis with what writes would leave there: plain reads, many of them in one pipeline.
struct RedisComparison {
    let client: RedisClient
    let target: RedisTarget
    /// How long a deletion is remembered, in milliseconds.
    let tombstone: Int64

    /// How many writes are compared at once, and how many bytes they encode to: about as much is then read.
    private static let countMax = 500
    private static let bytesMax = 1 << 20

    func compare(_ writes: [SinkWrite]) async throws -> [Comparison] {
        var comparisons: [Comparison] = []
        comparisons.reserveCapacity(writes.count)
        var rest = writes[...]
        while !rest.isEmpty {
            var bytes = 0
            let block = rest.prefix(Self.countMax).prefix { write in
                defer { bytes += write.row.byteCount }
                return bytes <= Self.bytesMax
            }
            comparisons += try await compare(block: Array(block), by: client)
            rest = rest.dropFirst(block.count)
        }
        return comparisons
    }

    /// Compares one block.
    private func compare(block: [SinkWrite], by client: RedisClient) async throws -> [Comparison] {
        let session = try await client.connected()
        var comparisons = [Comparison](repeating: Comparison(.equal), count: block.count)
        let expectations = encode(block, session, &comparisons)
        do {
            let findings = try await find(expectations.map(\.expectation), session)
            for (expected, verdict) in zip(expectations, findings) { comparisons[expected.index] = verdict }
            return comparisons
        } catch RedisConnectionError.malformed(.replyTooLarge), RedisConnectionError.malformed(.tooManyElements) {
            return try await divide(block)
        } catch {
            throw RedisFailures.unavailable(error)
        }
    }

    /// Compares the halves of a block whose answer is larger than is read at once, down to the row that it is.
    ///
    /// Such an answer ends its connection, and with it what others ask over the same: the halves have one each.
    private func divide(_ block: [SinkWrite]) async throws -> [Comparison] {
        let half = block.count / 2
        var comparisons: [Comparison] = []
        for part in [block[..<half], block[half...]] where !part.isEmpty {
            let alone = RedisClient(target)
            do {
                comparisons += try await compare(part: Array(part), by: alone)
            } catch {
                await alone.close()
                throw error
            }
            await alone.close()
        }
        return comparisons
    }

    private func compare(part: [SinkWrite], by client: RedisClient) async throws -> [Comparison] {
        guard part.count == 1 else { return try await compare(block: part, by: client) }
        let session = try await client.connected()
        var comparisons = [Comparison(.unverifiable("what stands there is larger than is read at once"))]
        let expectations = encode(part, session, &comparisons)
        do {
            return expectations.isEmpty ? comparisons : try await find(expectations.map(\.expectation), session)
        } catch RedisConnectionError.malformed(.replyTooLarge), RedisConnectionError.malformed(.tooManyElements) {
            return comparisons
        } catch {
            throw RedisFailures.unavailable(error)
        }
    }

    /// What the writes would leave; a write that would park, or that no comparison can follow, is settled at once.
    private func encode(
        _ block: [SinkWrite], _ session: RedisSession, _ comparisons: inout [Comparison]
    ) -> [(index: Int, expectation: RedisExpectation)] {
        var encoding = RedisEncoding()
        var encoded: [(Int, RedisMapping)] = []
        for (index, write) in block.enumerated() {
            guard let mapping = write.mapping as? RedisMapping else {
                preconditionFailure("the sink made its mappings")
            }
            if let obstacle = mapping.form.obstacleToComparing {
                comparisons[index] = Comparison(.unverifiable(obstacle))
                continue
            }
            do {
                try encoding.append(write, scripts: session.scripts, tombstone: tombstone)
                encoded.append((index, mapping))
            } catch {
                comparisons[index] = Comparison(.unverifiable("the row cannot be written: \(error.reason)"))
            }
        }
        let bytes = encoding.commands.bytes
        return zip(encoded, encoding.commands.arguments()).map { encoded, arguments in
            (encoded.0, RedisExpectation(block[encoded.0], encoded.1, bytes: bytes, arguments: arguments))
        }
    }

    private func find(_ expectations: [RedisExpectation], _ session: RedisSession) async throws -> [Comparison] {
        guard !expectations.isEmpty else { return [] }
        var commands = RedisCommands()
        try commands.append(["TIME"])
        for expectation in expectations { expectation.appendReads(to: &commands) }
        try commands.append(["TIME"])
        let replies = try await session.connection.send(commands)
        guard let start = replies.first?.milliseconds, let end = replies.last?.milliseconds,
            replies.count == commands.count
        else { throw Self.unexpected(replies) }
        var place = 1
        var findings: [RedisFinding] = []
        findings.reserveCapacity(expectations.count)
        for expectation in expectations {
            findings.append(try expectation.finding(in: replies, at: &place))
        }
        try await lookAgain(expectations, &findings, session)
        let interval = RedisInterval(start: start, end: end)
        return zip(expectations, findings).map { RedisVerdict($0, $1, during: interval).comparison }
    }

    /// Asks once more about keys that are not there, or not of their type: few.
    private func lookAgain(
        _ expectations: [RedisExpectation], _ findings: inout [RedisFinding], _ session: RedisSession
    ) async throws {
        let odd = findings.indices.filter { findings[$0].isOdd }
        guard !odd.isEmpty else { return }
        var commands = RedisCommands()
        for index in odd { expectations[index].appendSecondLook(to: &commands) }
        let replies = try await session.connection.send(commands)
        var place = 0
        for index in odd { try expectations[index].complete(&findings[index], by: replies, at: &place) }
    }

    static func unexpected(_ replies: [RedisReply]) -> any Error {
        for case .error(let error) in replies where error.code != "WRONGTYPE" {
            return RedisFailures.thrown(for: error)
        }
        return MillraceError(.sinkRejected, "the server does not answer as Redis does")
    }
}

extension RedisForm {
    /// Why what stands there for a mapping of the form cannot be compared.
    var obstacleToComparing: String? {
        switch self {
        case .hash, .json, .arraySet, .set, .sortedSet: nil
        case .stream: "a stream is a log: an entry of it stands for a change, not for a row"
        case .invalidation: "the keys are another's: what should stand there only their owner knows"
        }
    }
}

extension RedisReply {
    /// The time that `TIME` tells, in milliseconds since 1970.
    fileprivate var milliseconds: Int64? {
        guard let parts = elements, parts.count == 2, let seconds = parts[0].text.flatMap({ Int64($0) }),
            let microseconds = parts[1].text.flatMap({ Int64($0) })
        else { return nil }
        return seconds * 1000 + microseconds / 1000
    }
}

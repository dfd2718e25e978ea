internal import Change
internal import Connector

extension SinkContract {
    @Sendable static func applyTwice(_ subject: ContractSubject) async throws {
        let writes = (1...20).map { ContractWrite.upsert(ContractRow("twice-\($0)", number: $0), at: UInt64($0)) }
        try await subject.apply(writes, gives: Array(repeating: .applied, count: 20))
        try await subject.apply(writes, gives: Array(repeating: .stale, count: 20))
        try await subject.expect(writes.map(\.row))
    }

    @Sendable static func applyPrefixes(_ subject: ContractSubject) async throws {
        let writes: [ContractWrite] = [
            .upsert(ContractRow("p1", number: 1), at: 1), .upsert(ContractRow("p2", number: 2), at: 2),
            .upsert(ContractRow("p1", number: 3), at: 3), .delete("p2", at: 4),
            .upsert(ContractRow("p2", number: 5), at: 5), .delete("p1", at: 6),
        ]
        for count in 0...writes.count {
            try await subject.apply(Array(writes.prefix(count)))
            try await subject.apply(Array(writes.prefix(count)))
        }
        try await subject.expect([ContractRow("p2", number: 5)], absent: ["p1"])
    }

    @Sendable static func applyOldAfterNew(_ subject: ContractSubject) async throws {
        let old = (1...10).map { ContractWrite.upsert(ContractRow("o\($0)", name: "old", number: $0), at: 10) }
        let new = (1...10).map { ContractWrite.upsert(ContractRow("o\($0)", name: "new", number: -$0), at: 20) }
        try await subject.apply(new, gives: Array(repeating: .applied, count: 10))
        try await subject.apply(old, gives: Array(repeating: .stale, count: 10))
        try await subject.apply([.delete("o3", at: 15)], gives: [.stale])
        try await subject.expect(new.map(\.row))
    }

    @Sendable static func replaceWhole(_ subject: ContractSubject) async throws {
        let first = ContractRow("whole", name: "here", number: 1)
        let second = ContractRow("whole", name: nil, number: 2)
        try await subject.apply([.upsert(first, at: 1)], gives: [.applied])
        try await subject.expect([first])
        try await subject.apply([.upsert(second, at: 2)], gives: [.applied])
        try await subject.expect([second])
        try await subject.apply([.upsert(first, at: 3)], gives: [.applied])
        try await subject.expect([first])
    }

    @Sendable static func repeatKeyInBatch(_ subject: ContractSubject) async throws {
        let last = ContractRow("same", name: "last", number: 4)
        let writes: [ContractWrite] = [
            .upsert(ContractRow("same", name: "first"), at: 1), .delete("same", at: 2),
            .upsert(ContractRow("same", name: "third"), at: 3), .upsert(last, at: 4),
        ]
        try await subject.apply(writes, gives: Array(repeating: .applied, count: 4))
        try await subject.expect([last])
    }

    @Sendable static func deleteThenOlderUpsert(_ subject: ContractSubject) async throws {
        let row = ContractRow("gone")
        try await subject.apply([.upsert(row, at: 5)], gives: [.applied])
        try await subject.apply([.delete("gone", at: 10)], gives: [.applied])
        try await subject.expect([], absent: ["gone"])
        try await subject.apply([.upsert(row, at: 5), .upsert(row, at: 10)], gives: [.stale, .stale])
        try await subject.expect([], absent: ["gone"])
    }

    @Sendable static func deleteUnseen(_ subject: ContractSubject) async throws {
        try await subject.apply([.delete("unseen", at: 10)], gives: [.applied])
        try await subject.apply([.upsert(ContractRow("unseen"), at: 9)], gives: [.stale])
        try await subject.expect([], absent: ["unseen"])
    }

    @Sendable static func upsertAfterDelete(_ subject: ContractSubject) async throws {
        let row = ContractRow("back", name: "again", number: 7)
        try await subject.apply([.upsert(ContractRow("back"), at: 1), .delete("back", at: 2)])
        try await subject.apply([.upsert(row, at: 3)], gives: [.applied])
        try await subject.expect([row])
        try await subject.apply([.delete("back", at: 2)], gives: [.stale])
        try await subject.expect([row])
    }

    @Sendable static func oddTexts(_ subject: ContractSubject) async throws {
        let texts = [
            "a b", "a:b", "{a}", "a}b", "{", "}{", "*", "a?[b]\\", "\"'`", "line\nline\r\ttab", "\u{1}\u{7f}", "värld",
            "日本語", "🦀", "%41", "a/b#c?d=e", "-", ".", "..", "__v", "$1\r\n*2\r\n", String(repeating: "k", count: 400),
        ]
        let rows = texts.enumerated().map { ContractRow("k\($1)", name: $1, number: $0) }
        try await subject.apply(
            rows.map { .upsert($0, at: 1) }, gives: Array(repeating: .applied, count: rows.count))
        try await subject.expect(rows)
        try await subject.apply(
            rows.map { .delete($0.id, at: 2) }, gives: Array(repeating: .applied, count: rows.count))
        try await subject.expect([], absent: rows.map(\.id))
    }

    @Sendable static func largeValues(_ subject: ContractSubject) async throws {
        let unit = "0123456789abcdefghijklmnopqrstuvwxyz\n\"é"
        let name = String(repeating: unit, count: subject.largestName / unit.utf8.count)
        let rows = [ContractRow("large", name: name), ContractRow("empty", name: ""), ContractRow("null", name: nil)]
        try await subject.apply(rows.map { .upsert($0, at: 1) }, gives: [.applied, .applied, .applied])
        try await subject.expect(rows)
    }

    @Sendable static func adjacentVersions(_ subject: ContractSubject) async throws {
        // Beyond 2^53 a double no longer tells these apart.
        let commit = Version.commitMax - 1
        let newest = ContractRow("bits", name: "newest")
        try await subject.apply([.upsert(newest, at: commit)], gives: [.applied])
        try await subject.apply([.upsert(ContractRow("bits", name: "older"), at: commit - 1)], gives: [.stale])
        try await subject.expect([newest])
        let after = ContractRow("bits", name: "after")
        try await subject.apply([.upsert(after, at: commit + 1)], gives: [.applied])
        try await subject.expect([after])
    }

    @Sendable static func truncate(_ subject: ContractSubject) async throws {
        let rows = (1...10).map { ContractRow("t\($0)", number: $0) }
        try await subject.apply(rows.map { .upsert($0, at: UInt64($0.number)) })
        try await subject.apply([.delete("t2", at: 11)])
        try await subject.sink.truncate(subject.mapping, floor: ContractWrite.version(6))
        try await subject.expect(Array(rows[5...]), absent: rows[..<5].map(\.id))
        try await subject.sink.truncate(subject.mapping, floor: ContractWrite.version(6))
        try await subject.expect(Array(rows[5...]), absent: rows[..<5].map(\.id))
    }

    @Sendable static func truncateThenOlder(_ subject: ContractSubject) async throws {
        let row = ContractRow("floored", name: "old")
        try await subject.apply([.upsert(row, at: 3)])
        try await subject.sink.truncate(subject.mapping, floor: ContractWrite.version(6))
        try await subject.apply([.upsert(row, at: 3), .upsert(row, at: 5)], gives: [.stale, .stale])
        try await subject.expect([], absent: ["floored"])
        let new = ContractRow("floored", name: "new")
        try await subject.apply([.upsert(new, at: 7)], gives: [.applied])
        try await subject.expect([new])
    }

    @Sendable static func marker(_ subject: ContractSubject) async throws {
        let pipeline = subject.pipeline
        try await subject.sink.removeMarker(pipeline: pipeline)
        guard try await subject.sink.readMarker(pipeline: pipeline) == nil else {
            throw ContractViolation("a marker is there before one was written")
        }
        for commit in [5, 9, UInt64(Int64.max)] {
            let marker = SinkMarker(
                pipeline: pipeline, source: SourceIdentity(["system": "73 \"é\":1", "slot": "a_b"]), epoch: 3,
                progress: SourceProgress(commit: commit, end: commit + 1))
            try await subject.sink.writeMarker(marker)
            let found = try await subject.sink.readMarker(pipeline: pipeline)
            guard found == marker else { throw ContractViolation("the marker is not what was written") }
        }
        try await subject.sink.removeMarker(pipeline: pipeline)
        guard try await subject.sink.readMarker(pipeline: pipeline) == nil else {
            throw ContractViolation("a marker is there after it was removed")
        }
    }
}

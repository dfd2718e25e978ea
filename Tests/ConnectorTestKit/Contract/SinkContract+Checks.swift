internal import Change
internal import Connector
internal import Synchronization

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

    @Sendable static func truncateThenSameWindow(_ subject: ContractSubject) async throws {
        let rows = (1...3).map { ContractRow("same-\($0)", number: $0) }
        try await subject.apply([.upsert(rows[0], at: 3), .upsert(rows[1], at: 5)])
        try await subject.sink.truncate(subject.mapping, floor: ContractWrite.version(6))
        try await subject.expect([], absent: ["same-1", "same-2"])
        try await subject.apply(rows.map { .upsert($0, at: 6) }, gives: [.applied, .applied, .applied])
        try await subject.sink.truncate(subject.mapping, floor: ContractWrite.version(6))
        try await subject.expect(rows)
    }

    /// What a scan finds: the keys with the highest version that came for each.
    private static func found(_ subject: ContractSubject, by sink: any ReadableSink) async throws -> [[UInt8]: Version]
    {
        let found = Mutex<[[UInt8]: Version]>([:])
        try await sink.scan(subject.mapping) { entries in
            found.withLock { found in
                for entry in entries { found[entry.key] = max(found[entry.key] ?? entry.version, entry.version) }
            }
        }
        return found.withLock { $0 }
    }

    private static func readable(_ subject: ContractSubject) -> (any ReadableSink)? {
        guard let sink = subject.sink as? any ReadableSink, sink.obstacle(toScanning: subject.mapping) == nil else {
            return nil
        }
        return sink
    }

    @Sendable static func scan(_ subject: ContractSubject) async throws {
        guard let sink = readable(subject) else { return }
        let texts = ["a b", "{a}", "a}b", "*", "a?[b]\\", "\"'`", "line\n\u{1}", "värld", "日本語", "🦀", "%41", "5:3"]
        let rows = texts.enumerated().map { ContractRow("scan \($1)", name: $1, number: $0) }
        try await subject.apply(rows.map { .upsert($0, at: UInt64(10 + $0.number)) })
        let many = (1...2500).map { ContractRow("many-\($0)", number: $0) }
        for start in stride(from: 0, to: many.count, by: 500) {
            try await subject.apply(many[start..<start + 500].map { .upsert($0, at: 7) })
        }
        try await subject.apply([.delete(rows[0].id, at: 50), .delete("many-9", at: 50), .delete("never", at: 50)])
        var expected: [[UInt8]: Version] = [:]
        for row in rows.dropFirst() + many where row.id != "many-9" {
            var key: [UInt8] = []
            try subject.mapping.appendKey(of: row.row, to: &key)
            expected[key] = ContractWrite.version(row.id.hasPrefix("many") ? 7 : UInt64(10 + row.number))
        }
        let found = try await found(subject, by: sink)
        guard found == expected else {
            let missing = Set(expected.keys).subtracting(found.keys).map { String(decoding: $0, as: UTF8.self) }
            let extra = Set(found.keys).subtracting(expected.keys).map { String(decoding: $0, as: UTF8.self) }
            throw ContractViolation("a scan lacks \(missing.prefix(5)) and has \(extra.prefix(5)) too many")
        }
    }

    @Sendable static func deleteScanned(_ subject: ContractSubject) async throws {
        guard let sink = readable(subject) else { return }
        let rows = (1...6).map { ContractRow("sweep-\($0)", number: $0) }
        try await subject.apply(rows.map { .upsert($0, at: UInt64($0.number)) })
        let newer = ContractRow("sweep-2", name: "newer", number: 9)
        let deleted = Mutex(0)
        try await sink.scan(subject.mapping) { entries in
            // Between the scan and the delete a write comes.
            try await subject.apply([.upsert(newer, at: 9)])
            let count = try await sink.delete(entries, of: subject.mapping, upTo: ContractWrite.version(5))
            deleted.withLock { $0 += count }
        }
        guard deleted.withLock({ $0 }) == 4 else {
            throw ContractViolation("\(deleted.withLock { $0 }) of 4 rows were deleted")
        }
        try await subject.expect([newer, rows[5]], absent: ["sweep-1", "sweep-3", "sweep-4", "sweep-5"])
    }

    @Sendable static func deleteScannedForGood(_ subject: ContractSubject) async throws {
        guard let sink = readable(subject) else { return }
        let rows = (1...2).map { ContractRow("swept-\($0)", number: $0) }
        try await subject.apply(rows.map { .upsert($0, at: UInt64($0.number)) })
        try await sink.scan(subject.mapping) { entries in
            _ = try await sink.delete(entries, of: subject.mapping, upTo: ContractWrite.version(5))
        }
        // The version that is left behind refuses what is not newer, and takes what is.
        try await subject.apply([.upsert(rows[0], at: 5), .upsert(rows[1], at: 6)], gives: [.stale, .applied])
        try await subject.expect([rows[1]], absent: ["swept-1"])
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
                progress: SourceProgress(commit: commit, end: commit + 1), snapshotSaves: Int64(commit))
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

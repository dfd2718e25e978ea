internal import Change
internal import Connector
internal import Synchronization

extension SinkContract {
    private static func comparable(_ subject: ContractSubject) -> (any ComparableSink)? {
        guard let sink = subject.sink as? any ComparableSink, sink.obstacle(toComparing: subject.mapping) == nil else {
            return nil
        }
        return sink
    }

    private static func compare(
        _ writes: [ContractWrite], _ subject: ContractSubject, by sink: any ComparableSink
    ) async throws -> [Comparison] {
        let found = try await sink.compare(writes.map { $0.sinkWrite(subject.mapping) })
        guard found.count == writes.count else {
            throw ContractViolation("\(found.count) comparisons for \(writes.count) writes")
        }
        let alike = try await rowsAlike(writes, subject)
        for (write, comparison) in zip(writes, found)
        where comparison.verdict != .equal && alike?.contains(write.row.id) == true {
            throw ContractViolation(
                "row \(write.row.id.prefix(40)) is summed up as equal, and is \(comparison.verdict)")
        }
        return found
    }

    /// The ids of the rows whose digest is that of what a scan finds; nil where the sink has none.
    private static func rowsAlike(_ writes: [ContractWrite], _ subject: ContractSubject) async throws -> Set<String>? {
        guard let sink = subject.sink as? any DigestingSink, sink.canDigest(subject.mapping) else { return nil }
        let found = Mutex<[[UInt8]: UInt64]>([:])
        try await sink.scanDigests(of: subject.mapping) { entries in
            found.withLock { found in for entry in entries { found[entry.key] = entry.digest } }
        }
        let upserts = writes.filter { !$0.isDelete }
        let sinkWrites = upserts.map { $0.sinkWrite(subject.mapping) }
        let pairs = try zip(zip(upserts, sinkWrites), sink.digests(of: sinkWrites)).filter { pair, digest in
            var key: [UInt8] = []
            try subject.mapping.appendKey(of: pair.1.row, to: &key)
            return found.withLock { digest != nil && $0[key] == digest }
        }
        return Set(pairs.map { $0.0.0.row.id })
    }

    /// Holds a comparison of one write to what it has to find.
    private static func expect(
        _ allowed: Set<String>, of write: ContractWrite, _ subject: ContractSubject, by sink: any ComparableSink,
        version: UInt64? = nil, column: String? = nil
    ) async throws {
        let found = try await compare([write], subject, by: sink)[0]
        guard allowed.contains(found.verdict.word) else {
            throw ContractViolation(
                "row \(write.row.id.prefix(40)) should compare as \(allowed.sorted()), and is \(found.verdict)")
        }
        if let version, found.version != ContractWrite.version(version) {
            throw ContractViolation("row \(write.row.id.prefix(40)) has not the version \(version): \(found)")
        }
        guard let column, case .different(let differences) = found.verdict else { return }
        guard differences.contains(where: { $0.column == column }) else {
            throw ContractViolation("row \(write.row.id.prefix(40)) differs in \(differences), not in \(column)")
        }
    }

    @Sendable static func compareWritten(_ subject: ContractSubject) async throws {
        guard let sink = comparable(subject) else { return }
        let texts: [String?] = [
            "a b", "{a}", "\"'`\\", "line\nline\r\ttab", "\u{1}\u{7f}", "värld", "日本語", "🦀", "%41", "", nil, "null",
            "0",
            String(repeating: "k", count: 5000),
        ]
        let rows = texts.enumerated().map {
            ContractRow("compared \($0) \($1?.prefix(400) ?? "")", name: $1, number: $0)
        }
        let many = (0..<1700).map {
            ContractRow("m\($0)", name: $0.isMultiple(of: 7) ? nil : "n\($0)", number: $0 - 800)
        }
        for start in stride(from: 0, to: many.count, by: 500) {
            try await subject.apply(many[start..<min(start + 500, many.count)].map { .upsert($0, at: 3) })
        }
        try await subject.apply(rows.map { .upsert($0, at: UInt64(4 + $0.number)) })
        try await subject.apply([.delete(rows[1].id, at: 90), .delete("never", at: 91)])
        // The versions of what is compared do not matter.
        var expected = (many + rows).map { ContractWrite.upsert($0, at: 2) }
        expected[many.count + 1] = .delete(rows[1].id, at: 2)
        expected.append(.delete("never", at: 2))
        expected.append(.delete("never too", at: 2))
        // What the sink itself has written it sums up as what it finds.
        if let alike = try await rowsAlike(expected, subject),
            let other = expected.first(where: { !$0.isDelete && !alike.contains($0.row.id) })
        {
            throw ContractViolation("row \(other.row.id.prefix(40)) is as it should be, and is summed up otherwise")
        }
        for (write, found) in zip(expected, try await compare(expected, subject, by: sink)) {
            guard found.verdict == .equal else {
                throw ContractViolation(
                    "row \(write.row.id.prefix(40)) is as it should be, and is found \(found.verdict)")
            }
            let commit: UInt64 = write.row.id.hasPrefix("m") ? 3 : UInt64(4 + write.row.number)
            guard write.isDelete || found.version == ContractWrite.version(commit) else {
                throw ContractViolation("row \(write.row.id.prefix(40)) has another version than \(found)")
            }
        }
    }

    @Sendable static func compareMissing(_ subject: ContractSubject) async throws {
        guard let sink = comparable(subject) else { return }
        let row = ContractRow("lost")
        // Of what may have expired it cannot be told.
        let isGone: Set<String> = ["missing", "unverifiable"]
        try await expect(isGone, of: .upsert(row, at: 1), subject, by: sink)
        try await subject.apply([.upsert(row, at: 1), .delete("lost", at: 2)])
        try await expect(isGone, of: .upsert(row, at: 3), subject, by: sink)
        try await expect(["equal"], of: .delete("lost", at: 3), subject, by: sink)
        try await subject.apply([.upsert(row, at: 4)])
        try await expect(["extra"], of: .delete("lost", at: 5), subject, by: sink, version: 4)
        try await expect(["equal"], of: .upsert(row, at: 5), subject, by: sink, version: 4)
    }

    @Sendable static func compareOther(_ subject: ContractSubject) async throws {
        guard let sink = comparable(subject) else { return }
        let rows: [(stands: ContractRow, should: ContractRow, column: String)] = [
            // An old version.
            (ContractRow("c1", name: "old", number: 1), ContractRow("c1", name: "new", number: 1), "name"),
            (ContractRow("c2", name: "a", number: 1), ContractRow("c2", name: "a", number: 2), "number"),
            // Null, absent and empty are three.
            (ContractRow("c3", name: nil), ContractRow("c3", name: "name"), "name"),
            (ContractRow("c4", name: "name"), ContractRow("c4", name: nil), "name"),
            (ContractRow("c5", name: ""), ContractRow("c5", name: nil), "name"),
            (ContractRow("c6", name: nil), ContractRow("c6", name: ""), "name"),
            (ContractRow("c7", name: "null"), ContractRow("c7", name: nil), "name"),
            (
                ContractRow("c8", name: "a", number: 9_007_199_254_740_992),
                ContractRow("c8", name: "a", number: 9_007_199_254_740_990), "number"
            ),
            (ContractRow("c9", name: "Name"), ContractRow("c9", name: "name"), "name"),
            // Two rows whose contents were swapped.
            (ContractRow("d1", name: "second", number: 2), ContractRow("d1", name: "first", number: 1), "name"),
            (ContractRow("d2", name: "first", number: 1), ContractRow("d2", name: "second", number: 2), "name"),
        ]
        try await subject.apply(rows.map { .upsert($0.stands, at: 7) })
        for row in rows {
            try await expect(["equal"], of: .upsert(row.stands, at: 9), subject, by: sink, version: 7)
            let isSame = subject.render(row.stands) == subject.render(row.should)
            try await expect(
                [isSame ? "equal" : "different"], of: .upsert(row.should, at: 9), subject, by: sink, version: 7)
        }
    }

    @Sendable static func compareCorrupted(_ subject: ContractSubject) async throws {
        guard let sink = comparable(subject) else { return }
        for corruption in ContractCorruption.allCases {
            let row = ContractRow("x-\(corruption.rawValue)", name: "whole", number: 12)
            try await subject.apply([.upsert(row, at: 5)], gives: [.applied])
            try await expect(["equal"], of: .upsert(row, at: 5), subject, by: sink)
            guard let effect = try await subject.corrupt(corruption, row.id) else { continue }
            do {
                try await expect([effect.rawValue], of: .upsert(row, at: 5), subject, by: sink)
            } catch let violation as ContractViolation {
                throw ContractViolation("\(corruption): \(violation)")
            }
        }
    }
}

extension Comparison.Verdict {
    fileprivate var word: String {
        switch self {
        case .equal: "equal"
        case .missing: "missing"
        case .extra: "extra"
        case .different: "different"
        case .unverifiable: "unverifiable"
        }
    }
}

internal import Randomness
internal import Change
internal import Connector

extension SinkContract {
    /// Histories of a few keys with many versions, delivered as a pipeline delivers them that is killed again and
    /// again: in batches of any size, from any earlier place on, up to the end; and old batches by themselves.
    @Sendable static func randomHistories(_ subject: ContractSubject) async throws {
        for seed in 1...6 {
            var numbers = SeededNumbers(seed: UInt64(seed))
            do {
                try await replayHistory(subject, prefix: "h\(seed)-", &numbers)
            } catch let violation as ContractViolation {
                throw ContractViolation("seed \(seed): \(violation)")
            }
        }
    }

    /// Histories that are delivered from any earlier place on, each time up to the end.
    @Sendable static func replayToTheEnd(_ subject: ContractSubject) async throws {
        for seed in 1...2 {
            var numbers = SeededNumbers(seed: UInt64(seed))
            let history = makeHistory(prefix: "r\(seed)-", &numbers)
            let state = finalState(of: history)
            for _ in 0..<3 {
                let start = Int.random(in: 0..<history.count, using: &numbers)
                // What came before stands already.
                try await deliver(history, to: subject, &numbers)
                try await deliver(Array(history[start...]), to: subject, &numbers)
                do {
                    try await expect(state, of: subject)
                } catch let violation as ContractViolation {
                    throw ContractViolation("seed \(seed), from \(start): \(violation)")
                }
            }
        }
    }

    /// Applies one batch twice, whatever the sink says of the second time.
    @Sendable static func repeatBatch(_ subject: ContractSubject) async throws {
        let writes = (1...20).map { ContractWrite.upsert(ContractRow("twice-\($0)", number: $0), at: UInt64($0)) }
        for _ in 0..<2 {
            try await subject.apply(writes, gives: Array(repeating: .applied, count: 20))
            try await subject.expect(writes.map(\.row))
        }
    }

    @Sendable static func deleteTwice(_ subject: ContractSubject) async throws {
        try await subject.apply([.delete("unseen", at: 10)], gives: [.applied])
        try await subject.expect([], absent: ["unseen"])
        try await subject.apply([.upsert(ContractRow("seen"), at: 11), .delete("seen", at: 12)])
        try await subject.apply([.delete("seen", at: 12)], gives: [.applied])
        try await subject.expect([], absent: ["seen"])
        let row = ContractRow("seen", name: "again", number: 3)
        try await subject.apply([.upsert(row, at: 13)], gives: [.applied])
        try await subject.expect([row])
    }

    private static func finalState(of history: [ContractWrite]) -> [String: ContractRow?] {
        var state: [String: ContractRow?] = [:]
        for write in history { state.updateValue(write.isDelete ? nil : write.row, forKey: write.row.id) }
        return state
    }

    private static func replayHistory(
        _ subject: ContractSubject, prefix: String, _ numbers: inout SeededNumbers
    ) async throws {
        let history = makeHistory(prefix: prefix, &numbers)
        let state = finalState(of: history)

        var delivered = 0
        while delivered < history.count {
            let start = Int.random(in: 0...delivered, using: &numbers)
            let end = Int.random(in: delivered...history.count, using: &numbers)
            try await deliver(Array(history[start..<end]), to: subject, &numbers)
            delivered = max(delivered, end)
        }
        try await expect(state, of: subject)

        for _ in 0..<5 {
            let start = Int.random(in: 0..<history.count, using: &numbers)
            let end = Int.random(in: start..<history.count, using: &numbers)
            try await deliver(Array(history[start...end]), to: subject, &numbers)
            let wrong = try await subject.apply(Array(history[start...end])).filter { $0 != .stale }
            guard wrong.isEmpty else { throw ContractViolation("a replay gave \(wrong[0])") }
        }
        try await expect(state, of: subject)
    }

    private static func expect(_ state: [String: ContractRow?], of subject: ContractSubject) async throws {
        try await subject.expect(
            state.values.compactMap { $0 }, absent: state.filter { $0.value == nil }.map(\.key))
    }

    private static func deliver(
        _ writes: [ContractWrite], to subject: ContractSubject, _ numbers: inout SeededNumbers
    ) async throws {
        var rest = writes[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...40, using: &numbers)
            try await subject.apply(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
    }

    private static func makeHistory(prefix: String, _ numbers: inout SeededNumbers) -> [ContractWrite] {
        var commit: UInt64 = 100
        return (0..<120).map { _ in
            commit += UInt64.random(in: 1...3, using: &numbers)
            let id = "\(prefix)\(Int.random(in: 0..<8, using: &numbers))"
            if Int.random(in: 0..<4, using: &numbers) == 0 { return .delete(id, at: commit) }
            let name = Bool.random(using: &numbers) ? "name \(commit)" : nil
            return .upsert(ContractRow(id, name: name, number: Int(commit)), at: commit)
        }
    }
}

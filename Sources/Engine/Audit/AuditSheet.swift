internal import Change
public import Connector

/// What a pass found out about one mapping.
public struct AuditSheet: Sendable {
    /// So many differences are kept with their keys; more are counted.
    public static let suspectsMax = 10_000

    public internal(set) var equal = 0
    /// Rows that differ.
    public internal(set) var suspects: [AuditSuspect] = []
    /// How many more rows differ.
    public internal(set) var suspectsLeftOut = 0
    /// How many rows could not be compared, by the reason.
    public internal(set) var unverifiable: [String: Int] = [:]
    /// Every row that the target should have, in the order of the keys' hashes when the pass is over.
    public internal(set) var expected: [RowDigest] = []

    public var compared: Int { equal + suspects.count + suspectsLeftOut }

    /// Removes the rows that differ and whose sink key is among these, and returns their primary keys.
    mutating func takeBack(_ keyHashes: Set<UInt64>) -> [[String]] {
        let taken = suspects.filter { keyHashes.contains($0.keyHash) }.map(\.key)
        suspects.removeAll { keyHashes.contains($0.keyHash) }
        return taken
    }

    mutating func note(_ comparison: Comparison, of write: PendingWrite) {
        switch comparison.verdict {
        case .equal: equal += 1
        case .unverifiable(let reason): unverifiable[reason, default: 0] += 1
        case .missing, .extra, .different:
            guard suspects.count < Self.suspectsMax else {
                suspectsLeftOut += 1
                return
            }
            let row = write.write.row
            suspects.append(
                AuditSuspect(
                    key: row.schema.primaryKey.map { row.text($0) ?? "" },
                    target: row.schema.primaryKey.isEmpty ? "" : write.targetName, comparison: comparison,
                    keyHash: write.keyHash))
        }
    }
}

/// A row that differs as far as one look tells.
public struct AuditSuspect: Sendable {
    /// The values of the primary key; empty where the table has none.
    public var key: [String]
    /// The sink key, for people.
    public var target: String
    public var comparison: Comparison
    /// Hash of the sink key.
    var keyHash: UInt64 = 0
}

extension PendingWrite {
    /// The sink key as text.
    fileprivate var targetName: String {
        var key: [UInt8] = []
        do { try plan.appendKey(of: write.row, to: &key) } catch { return "" }
        return SinkEntry.text(ofKey: key)
    }
}

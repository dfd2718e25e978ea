internal import Change
public import Engine

/// What became of the changes of one table in one mapping.
public struct LedgerReport: Codable, Sendable, Equatable {
    public var table: String
    public var mapping: String
    /// They stand beside the names, not below them.
    public var counts: LedgerCounts

    private enum CodingKeys: String, CodingKey {
        case table
        case mapping
    }

    /// - Parameter line: the line to report.
    public init(_ line: LedgerLine) {
        table = line.table.description
        mapping = line.mapping
        counts = line.counts
    }

    /// - Parameter lines: what to sum up.
    init(sumOf lines: [LedgerReport]) {
        (table, mapping) = ("", "")
        counts = lines.reduce(into: LedgerCounts()) { $0.add($1.counts) }
    }

    public init(from decoder: any Decoder) throws {
        let names = try decoder.container(keyedBy: CodingKeys.self)
        table = try names.decode(String.self, forKey: .table)
        mapping = try names.decode(String.self, forKey: .mapping)
        counts = try LedgerCounts(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        var names = encoder.container(keyedBy: CodingKeys.self)
        try names.encode(table, forKey: .table)
        try names.encode(mapping, forKey: .mapping)
        try counts.encode(to: encoder)
    }

    /// How many changes there were.
    public var received: UInt64 { counts.received }

    /// How many of them were set aside.
    public var parked: UInt64 { counts.parked }

    /// What became of changes, by name, in the order in which it is told.
    public var outcomes: [(name: String, count: UInt64)] {
        [
            ("applied", counts.applied), ("stale", counts.stale), ("filtered", counts.filtered),
            ("folded", counts.folded), ("superseded", counts.superseded), ("parked", counts.parked),
        ]
    }

    /// How many changes have no outcome yet.
    public var pending: UInt64 { received > counts.settled ? counts.pending : 0 }
}

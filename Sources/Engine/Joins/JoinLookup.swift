internal import Change
internal import Connector

/// One look-up of a mapping, compiled for one version of its own table and one of the other.
struct JoinLookup: Sendable {
    /// Two columns that have to be equal.
    struct Pair: Sendable {
        var own: Int
        var other: Int
        /// What a value has to fit to have an equal on either side; nil where both have the same values.
        var range: ClosedRange<Int64>?
    }

    enum Gain: Sendable {
        /// These columns of the other table, of the one row that there is.
        case take([Int])
        case count
    }

    let other: TableSchema
    let pairs: [Pair]
    let gain: Gain

    /// How many columns the look-up adds.
    var width: Int {
        switch gain {
        case .take(let columns): columns.count
        case .count: 1
        }
    }

    /// The columns of the other table that are read.
    var wanted: Set<Int> {
        switch gain {
        case .take(let columns): Set(columns).union(pairs.map(\.other))
        case .count: Set(pairs.map(\.other))
        }
    }

    /// What the other table's rows that belong to a row are found by; nil where none can.
    func otherKey(of own: Row) -> [String]? { key(pairs.map { ($0.own, $0.range) }, of: own) }

    /// What the rows are found by that a row of the other table belongs to; nil where there can be none.
    func ownKey(of other: Row) -> [String]? { key(pairs.map { ($0.other, $0.range) }, of: other) }

    /// The same for rows of another version of the other table; nil where it lacks a column that rows are found by.
    func bound(to schema: TableSchema) -> JoinLookup? {
        if schema.fingerprint == other.fingerprint { return self }
        func place(_ column: Int) -> Int? { schema.index(of: other.columns[column].name) }
        var bound: [Pair] = []
        for pair in pairs {
            guard let column = place(pair.other) else { return nil }
            bound.append(Pair(own: pair.own, other: column, range: pair.range))
        }
        switch gain {
        case .count: return JoinLookup(other: schema, pairs: bound, gain: .count)
        case .take(let columns):
            return JoinLookup(other: schema, pairs: bound, gain: .take(columns.compactMap(place)))
        }
    }

    private func key(_ columns: [(column: Int, range: ClosedRange<Int64>?)], of row: Row) -> [String]? {
        var key: [String] = []
        for (column, range) in columns {
            guard let text = row.text(column) else { return nil }
            if let range {
                guard let number = Int64(text), range.contains(number) else { return nil }
            }
            key.append(text)
        }
        return key
    }
}

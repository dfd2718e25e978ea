public import Change
public import Connector

/// One element of the list under `lookup:`: new columns of a row, from rows of another table.
public struct LookupDocument: Sendable, Hashable {
    /// The other table: one of the pipeline's.
    public var from: Located<TableName>
    /// Which of its rows belong to a row: those that are equal in every pair.
    public var pairs: [Pair]
    public var gain: Gain

    public init(from: Located<TableName>, pairs: [Pair], gain: Gain) {
        self.from = from
        self.pairs = pairs
        self.gain = gain
    }

    /// A column of the other table, and the column of the row that has to equal it.
    public struct Pair: Sendable, Hashable {
        public var other: Located<String>
        public var own: Located<String>

        public init(other: Located<String>, own: Located<String>) {
            self.other = other
            self.own = own
        }
    }

    /// What the row gets.
    public enum Gain: Sendable, Hashable {
        /// Columns of the one row that belongs to it.
        case take([Taken])
        /// How many rows belong to it, as a column of this name.
        case count(Located<String>)
    }

    /// A new column, and the column of the other table that it is taken from.
    public struct Taken: Sendable, Hashable {
        public var name: Located<String>
        public var column: Located<String>

        public init(name: Located<String>, column: Located<String>) {
            self.name = name
            self.column = column
        }
    }

    /// The names of the new columns.
    public var names: [Located<String>] {
        switch gain {
        case .take(let taken): taken.map(\.name)
        case .count(let name): [name]
        }
    }
}

/// The logical type of a column, whatever the source calls it.
///
/// The type says what a cell means; ``Column/sourceType`` keeps the source's own name for it. A type that Millrace does
/// not know is `other`: its cells are carried as the source's text, unread.
public indirect enum DataType: Hashable, Sendable {
    case boolean
    case int16
    case int32
    case int64
    /// PostgreSQL `oid` and its kin.
    case uint32
    /// PostgreSQL `xid8`.
    case uint64
    case float32
    case float64
    /// Digits of any length, NaN and both infinities. `precision` and `scale` are nil where the column declares none.
    case decimal(precision: Int?, scale: Int?)
    case money
    case text
    case bytes
    /// Proleptic Gregorian, from 4713 BC to 5874897, and both infinities.
    case date
    /// Time of day to the microsecond, 24:00:00 included.
    case time
    case timeWithZone
    /// A date and time without a zone, to the microsecond, and both infinities.
    case timestamp
    /// An instant to the microsecond, shown in UTC, and both infinities.
    case timestampWithZone
    /// Months, days and microseconds, kept apart.
    case interval
    case uuid
    /// JSON text exactly as the source gives it.
    case json
    /// A string of zeros and ones.
    case bits
    /// Addresses of hosts, networks and interfaces.
    case network
    case enumeration(labels: [String])
    /// Elements are separated by commas; an array of a type that does it otherwise (`box`) is `other`.
    case array(of: DataType)
    case composite(fields: [Field])
    case range(of: DataType)
    case multirange(of: DataType)
    /// A field of a document, whose type is told by each value and not by the column.
    ///
    /// A cell holds one BSON element exactly as it stands in the document, so that a top-level field is a view of it:
    /// the type's byte, the name with its terminator, the value. The name is not looked at. A null is a cell in the
    /// state null, a field that is not there one in the state missing; `undefined` is a value.
    case bson
    case other

    /// One field of a composite type.
    public struct Field: Hashable, Sendable {
        public var name: String
        public var type: DataType

        public init(name: String, type: DataType) {
            self.name = name
            self.type = type
        }
    }
}

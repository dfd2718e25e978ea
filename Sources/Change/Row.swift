internal import Wire

/// One row: a view of a batch's buffer, cheap to copy, decoded cell by cell only when someone asks.
///
/// A cell's bytes are the text form of its ``DataType``: the PostgreSQL output form with ISO dates, UTC, hexadecimal
/// bytea and ISO 8601 intervals, which is exact for every type. A cell of type ``DataType/bson`` is the BSON element.
public struct Row: Sendable {
    public let schema: TableSchema
    private let bytes: [UInt8]
    private let slots: [CellSlot]
    private let firstSlot: Int

    /// - Precondition: `slots` holds one slot for each column of the schema from `firstSlot` on.
    public init(schema: TableSchema, bytes: [UInt8], slots: [CellSlot], firstSlot: Int) {
        precondition(firstSlot + schema.columns.count <= slots.count, "a row has a slot for every column")
        self.schema = schema
        self.bytes = bytes
        self.slots = slots
        self.firstSlot = firstSlot
    }

    /// How many columns the row has.
    public var count: Int { schema.columns.count }

    /// What the row knows of a column.
    public func state(_ column: Int) -> CellState {
        slots[firstSlot + column].state
    }

    /// The bytes of a cell; empty where it has no value.
    @_lifetime(borrow self)
    public func bytes(_ column: Int) -> Span<UInt8> {
        let slot = slots[firstSlot + column]
        let start = Int(slot.offset)
        return bytes.span.extracting(start..<start + slot.length)
    }

    /// The cell as a String that stands for exactly its value, or nil where it has none: the text form of its type, and
    /// of BSON canonical Extended JSON. For lookups by key, messages and tests, not for the hot path.
    public func text(_ column: Int) -> String? {
        guard state(column) == .value else { return nil }
        guard case .bson = schema.types[column] else { return String(decoding: bytes(column)) }
        var text: [UInt8] = []
        do {
            try text.append(bson: BSONElement(bytes(column)).value, as: .canonical)
        } catch {
            return nil
        }
        return String(decoding: text.span)
    }

    /// Whether any cell of the row is unchanged.
    public var hasUnchangedCells: Bool {
        for column in 0..<count where state(column) == .unchanged { return true }
        return false
    }

    /// How many bytes the row's values take.
    public var byteCount: Int {
        var total = 0
        for column in 0..<count { total += slots[firstSlot + column].length }
        return total
    }

    /// How many bytes the row keeps alive: the whole buffer that it is a view of.
    public var heldByteCount: Int { bytes.count + slots.count * MemoryLayout<CellSlot>.stride }

    /// Tells the buffer that the row is a view of from any other that is alive.
    // SAFETY: the address is compared, and nothing is read through it.
    public var bufferIdentity: Int { slots.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) } }
}

extension Row {
    /// The row with every unchanged cell taken from another row of the same table; cells unknown there stay unchanged.
    ///
    /// - Precondition: both rows have the same number of columns.
    public func filled(from known: Row) -> Row {
        precondition(known.count == count, "rows of one table version have the same columns")
        var builder = RowBuilder()
        for column in 0..<count {
            if state(column) == .unchanged {
                builder.append(cell: column, of: known)
            } else {
                builder.append(cell: column, of: self)
            }
        }
        return builder.row(schema: schema)
    }
}

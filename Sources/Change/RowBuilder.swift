internal import Wire

/// Builds rows cell by cell in one buffer.
public struct RowBuilder: Sendable {
    public private(set) var bytes: [UInt8] = []
    public private(set) var slots: [CellSlot] = []

    public init() {}

    /// A builder with room for this much before it has to grow.
    public init(bytesReserved: Int, slotsReserved: Int) {
        bytes.reserveCapacity(bytesReserved)
        slots.reserveCapacity(slotsReserved)
    }

    /// Where the next row's first slot will stand.
    public var nextSlot: Int { slots.count }

    public mutating func appendNull() { slots.append(.null) }
    public mutating func appendUnchanged() { slots.append(.unchanged) }
    public mutating func appendMissing() { slots.append(.missing) }

    /// Appends a cell with a value.
    public mutating func append(_ value: Span<UInt8>) {
        slots.append(CellSlot(offset: bytes.count, length: value.count))
        bytes.append(value)
    }

    /// Appends a cell with the UTF-8 of a string.
    public mutating func append(_ value: String) {
        let start = bytes.count
        bytes.append(value)
        slots.append(CellSlot(offset: start, length: bytes.count - start))
    }

    /// Appends a cell whose bytes the closure appends to the buffer it is given; it must only append.
    public mutating func append(writing write: (inout [UInt8]) throws -> Void) rethrows {
        let start = bytes.count
        try write(&bytes)
        slots.append(CellSlot(offset: start, length: bytes.count - start))
    }

    /// Appends a copy of another row's cell.
    public mutating func append(cell column: Int, of row: borrowing Row) {
        switch row.state(column) {
        case .value: append(row.bytes(column))
        case .null: appendNull()
        case .unchanged: appendUnchanged()
        case .missing: appendMissing()
        }
    }

    /// The row whose slots start at `firstSlot`.
    public func row(schema: TableSchema, firstSlot: Int = 0) -> Row {
        Row(schema: schema, bytes: bytes, slots: slots, firstSlot: firstSlot)
    }
}

extension Row {
    /// The row of these texts, nil standing for null.
    public init(schema: TableSchema, texts: [String?]) {
        var builder = RowBuilder()
        for text in texts {
            if let text { builder.append(text) } else { builder.appendNull() }
        }
        self = builder.row(schema: schema)
    }
}

internal import Change
internal import Connector
internal import Wire

/// The form of one folded entry in a spill. All numbers are big-endian:
///
/// | bytes | |
/// |---|---|
/// | 8 | how many bytes follow |
/// | 8 | hash of what follows |
/// | 8 | hash of the sink key |
/// | 8 | ordinal of the change |
/// | 4 | number of the shape, which says how many columns a row has |
/// | 1, 1, 1 | action, kind, flags |
/// | 4, … | length of the sink key, and the key |
/// | … | the row, and the old row where a flag says so |
///
/// A row is four bytes for each column, the length of its value or a mark for null and unchanged, and then the values.
/// A spill never outlives the process that wrote it, so the form has no version.
enum SpillRecord {
    static let lengthBytes = 8
    private static let nullMark = UInt32.max
    private static let unchangedMark = UInt32.max - 1
    private static let missingMark = UInt32.max - 2

    private struct Flags: OptionSet {
        var rawValue: UInt8
        static let counted = Flags(rawValue: 1)
        static let folded = Flags(rawValue: 2)
        static let fresh = Flags(rawValue: 4)
        static let old = Flags(rawValue: 8)
    }

    // MARK: Writing

    /// Appends an entry of a batch.
    static func append(_ number: UInt32, of batch: borrowing SpillBatch, to bytes: inout [UInt8]) {
        let entry = batch.entries[Int(number)]
        let schema = batch.shapes[entry.shape].schema
        let start = bytes.count
        bytes.append(bigEndian: UInt64(0))
        bytes.append(bigEndian: UInt64(0))
        bytes.append(bigEndian: entry.keyHash)
        bytes.append(bigEndian: entry.ordinal)
        bytes.append(bigEndian: entry.shape)
        bytes.append(entry.action.rawValue)
        bytes.append(entry.kind.rawValue)
        var flags: Flags = []
        if entry.isCounted { flags.insert(.counted) }
        if entry.isFresh { flags.insert(.fresh) }
        if entry.isFolded { flags.insert(.folded) }
        if entry.old != nil { flags.insert(.old) }
        bytes.append(flags.rawValue)
        let key = batch.table.key(Int(number))
        bytes.append(bigEndian: UInt32(key.count))
        bytes.append(key)
        append(batch.buffers.row(at: entry.row, of: schema), to: &bytes)
        if let old = entry.old { append(batch.buffers.row(at: old, of: schema), to: &bytes) }
        let content = start + 2 * lengthBytes
        put(UInt64(bytes.count - start - lengthBytes), at: start, in: &bytes)
        put(Hash64.of(bytes.span.extracting(content..<bytes.count)), at: start + lengthBytes, in: &bytes)
    }

    private static func append(_ row: borrowing Row, to bytes: inout [UInt8]) {
        for column in 0..<row.count {
            switch row.state(column) {
            case .null: bytes.append(bigEndian: nullMark)
            case .unchanged: bytes.append(bigEndian: unchangedMark)
            case .missing: bytes.append(bigEndian: missingMark)
            case .value: bytes.append(bigEndian: UInt32(row.bytes(column).count))
            }
        }
        for column in 0..<row.count { bytes.append(row.bytes(column)) }
    }

    private static func put(_ number: UInt64, at offset: Int, in bytes: inout [UInt8]) {
        for index in 0..<8 { bytes[offset + index] = UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * index)) }
    }

    // MARK: Reading

    /// One record as it was read. Its rows are named by the place of their slots among those read before.
    struct Decoded {
        var entry: FoldEntry
        /// Where the sink key stands in the bytes.
        var key: Range<Int>
    }

    /// How many bytes of `bytes` are whole records.
    static func wholeRecords(in bytes: Span<UInt8>) -> Int {
        var whole = 0
        var reader = ByteReader(bytes)
        while let length = try? reader.readUInt64(), length <= UInt64(reader.remaining),
            (try? reader.skip(Int(length))) != nil
        {
            whole = reader.offset
        }
        return whole
    }

    /// How long the first record says it is, its length included; nil where not even that is there.
    static func firstLength(in bytes: Span<UInt8>) -> UInt64? {
        var reader = ByteReader(bytes)
        return (try? reader.readUInt64()).map { $0.addingReportingOverflow(UInt64(lengthBytes)).partialValue }
    }

    /// Reads the records of one part.
    ///
    /// - Parameters:
    ///   - buffer: the number under which the rows will stand.
    ///   - slots: gets the slots of the rows.
    static func decode(
        _ bytes: Span<UInt8>, shapes: RowShapes, buffer: UInt32, slots: inout [CellSlot]
    ) throws(WireError) -> [Decoded] {
        var records: [Decoded] = []
        var reader = ByteReader(bytes)
        while reader.remaining > 0 {
            let length = try reader.readUInt64()
            guard length >= UInt64(lengthBytes), length <= UInt64(reader.remaining) else {
                throw .malformed("length of a spilled record")
            }
            let end = reader.offset + Int(length)
            let hash = try reader.readUInt64()
            guard Hash64.of(bytes.extracting(reader.offset..<end)) == hash else { throw .malformed("spilled record") }
            let keyHash = try reader.readUInt64()
            let ordinal = try reader.readUInt64()
            let shape = try reader.readUInt32()
            let (action, kind) = (SinkWrite.Action(rawValue: try reader.readUInt8()), try reader.readUInt8())
            let flags = Flags(rawValue: try reader.readUInt8())
            guard shape < UInt32(shapes.shapes.count), let action, let kind = ChangeKind(rawValue: kind) else {
                throw .malformed("spilled record")
            }
            let key = try reader.skip(Int(try reader.readUInt32()))
            let columns = shapes[shape].schema.columns.count
            let row = RowPlace(buffer: buffer, slot: try readRow(&reader, columns: columns, slots: &slots))
            var old: RowPlace?
            if flags.contains(.old) {
                old = RowPlace(buffer: buffer, slot: try readRow(&reader, columns: columns, slots: &slots))
            }
            guard reader.offset == end else { throw .malformed("end of a spilled record") }
            records.append(
                Decoded(
                    entry: FoldEntry(
                        row: row, old: old, ordinal: ordinal, keyHash: keyHash, shape: shape, action: action,
                        kind: kind, isCounted: flags.contains(.counted), isFresh: flags.contains(.fresh),
                        isFolded: flags.contains(.folded)),
                    key: key))
        }
        return records
    }

    @_lifetime(reader: copy reader)
    private static func readRow(
        _ reader: inout ByteReader, columns: Int, slots: inout [CellSlot]
    ) throws(WireError) -> UInt32 {
        let first = slots.count
        var lengths: [UInt32] = []
        for _ in 0..<columns { lengths.append(try reader.readUInt32()) }
        for length in lengths {
            switch length {
            case nullMark: slots.append(.null)
            case unchangedMark: slots.append(.unchanged)
            case missingMark: slots.append(.missing)
            default:
                let range = try reader.skip(Int(length))
                slots.append(CellSlot(offset: range.lowerBound, length: range.count))
            }
        }
        return UInt32(first)
    }
}

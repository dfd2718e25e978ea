internal import Change
internal import Wire

/// The identity of a row as bytes: what the stream and a snapshot's chunk know the same row by.
///
/// Both give the same text for the same value, because both sessions pin the same settings.
enum RowKey {
    /// The key of a row in these columns; nil where one of them is not known.
    static func bytes(of row: borrowing Row, _ columns: [Int], orElse old: Row? = nil) -> [UInt8]? {
        var key: [UInt8] = []
        for column in columns {
            switch row.state(column) {
            case .value: append(row.bytes(column), to: &key)
            case .null: key.append(0)
            case .missing: key.append(2)
            case .unchanged:
                guard let old, old.state(column) == .value else { return nil }
                append(old.bytes(column), to: &key)
            }
        }
        return key
    }

    private static func append(_ cell: Span<UInt8>, to key: inout [UInt8]) {
        key.append(1)
        for shift in stride(from: 24, through: 0, by: -8) {
            key.append(UInt8(truncatingIfNeeded: UInt32(cell.count) >> UInt32(shift)))
        }
        key.append(cell)
    }
}

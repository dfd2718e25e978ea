/// What a row knows of one column.
public enum CellState: UInt8, Sendable {
    case value
    case null
    /// The source did not say: the column has the value it had before. Never the same as null.
    case unchanged
    /// The document has no such field, which is not the same as a field that is null. Columns of tables are never missing.
    case missing
}

/// Where a cell's bytes stand in the buffer of its batch.
public struct CellSlot: Sendable {
    public let offset: UInt32
    private let lengthOrState: UInt32

    private static let nullMark = UInt32.max
    private static let unchangedMark = UInt32.max - 1
    private static let missingMark = UInt32.max - 2

    public static let null = CellSlot(offset: 0, lengthOrState: nullMark)
    public static let unchanged = CellSlot(offset: 0, lengthOrState: unchangedMark)
    public static let missing = CellSlot(offset: 0, lengthOrState: missingMark)

    /// A cell with a value of `length` bytes from `offset` on.
    ///
    /// - Precondition: both fit a batch's buffer, which is smaller than 4 GiB.
    public init(offset: Int, length: Int) {
        self.init(offset: UInt32(offset), lengthOrState: UInt32(length))
        precondition(lengthOrState < Self.missingMark, "a cell is shorter than 4 GiB")
    }

    private init(offset: UInt32, lengthOrState: UInt32) {
        self.offset = offset
        self.lengthOrState = lengthOrState
    }

    public var state: CellState {
        switch lengthOrState {
        case Self.nullMark: .null
        case Self.unchangedMark: .unchanged
        case Self.missingMark: .missing
        default: .value
        }
    }

    /// How many bytes the value has; zero for every other state.
    public var length: Int {
        lengthOrState < Self.missingMark ? Int(lengthOrState) : 0
    }
}

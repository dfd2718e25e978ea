/// How large the batches are that sources make.
enum BatchSize {
    /// A batch is cut when it has this many changes or bytes.
    ///
    /// Buffers that the allocator does not map one by one are used again with their pages; those of larger batches cost
    /// more to get than to fill.
    private static let countMax = 1_024
    private static let bytesMax = 112 << 10
    /// Room for the change that passes the limit.
    private static let slack = 4 << 10

    static func isFull(count: Int, bytes: Int) -> Bool { count >= countMax || bytes >= bytesMax }

    /// How many bytes to reserve for a batch that follows one with so many.
    static func reserve(after bytes: Int) -> Int { min(bytes + slack, 1 << 20) }
}

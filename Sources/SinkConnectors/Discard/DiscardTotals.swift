internal import Change
internal import Connector
internal import Wire

/// What a discard sink has seen.
struct DiscardTotals: Equatable {
    var upserts: UInt64 = 0
    var deletes: UInt64 = 0
    var appends: UInt64 = 0
    /// How many of the appends were logical messages.
    var messages: UInt64 = 0
    /// The bytes of all cells, keys of deletes included.
    var bytes: UInt64 = 0
    /// The sum of the rows' hashes: the same whatever the order in which lanes delivered them.
    var checksum: UInt64 = 0

    /// Reads every cell of the writes: those that are written, or of a delete those that the row has.
    mutating func add(_ writes: [SinkWrite]) {
        var mapping: ObjectIdentifier?
        var columns: [Int] = []
        for write in writes {
            if ObjectIdentifier(write.mapping) != mapping {
                mapping = ObjectIdentifier(write.mapping)
                columns = write.mapping.request.outputs.map(\.column)
            }
            add(write, columns)
        }
    }

    private mutating func add(_ write: SinkWrite, _ columns: [Int]) {
        var hash = Hash64(seed: UInt64(write.action.rawValue))
        switch write.action {
        case .upsert: upserts += 1
        case .delete: deletes += 1
        case .append: appends += 1
        }
        if write.kind == .message { messages += 1 }
        if write.action == .delete {
            for column in 0..<write.row.count { combine(column, of: write.row, into: &hash) }
        } else {
            for column in columns { combine(column, of: write.row, into: &hash) }
        }
        checksum &+= hash.value
    }

    mutating func add(_ other: DiscardTotals) {
        upserts += other.upserts
        deletes += other.deletes
        appends += other.appends
        messages += other.messages
        bytes += other.bytes
        checksum &+= other.checksum
    }

    private mutating func combine(_ column: Int, of row: borrowing Row, into hash: inout Hash64) {
        guard row.state(column) == .value else { return hash.combine(UInt64(row.state(column).rawValue)) }
        let cell = row.bytes(column)
        bytes += UInt64(cell.count)
        hash.combine(cell)
    }
}

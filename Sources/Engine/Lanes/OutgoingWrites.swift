internal import Change
internal import Connector

/// Writes that go to their lanes together, and what they count while they are under way.
struct OutgoingWrites {
    private(set) var bytes = 0
    private(set) var count = 0
    private var lanes: [[PendingWrite]]
    /// What the buffers keep alive that the rows are views of. One that comes again after another counts again.
    private var heldBytes = 0
    private var lastBuffer = 0

    /// What a write takes beside the bytes and slots of its row.
    private static let overhead = 160
    /// Rows are copied out of buffers of which they are less than one part in so many.
    private static let shareMax = 2

    init(lanes: Int) {
        self.lanes = Array(repeating: [], count: lanes)
    }

    /// What a write holds of the sink's byte limit while it is under way.
    static func cost(of write: borrowing PendingWrite) -> Int {
        write.write.row.byteCount + write.write.row.count * MemoryLayout<CellSlot>.stride + overhead
    }

    /// Whether a write of this cost may go with those that are there; one alone always may.
    func hasRoom(for cost: Int, limit: Int) -> Bool { count == 0 || bytes + cost <= limit }

    /// Adds a write, whose cost is set.
    mutating func append(_ write: consuming PendingWrite) {
        bytes += write.cost
        count += 1
        let buffer = write.write.row.bufferIdentity
        if buffer != lastBuffer {
            heldBytes += write.write.row.heldByteCount
            lastBuffer = buffer
        }
        lanes[Int(write.keyHash % UInt64(lanes.count))].append(write)
    }

    /// Copies the rows close together where they keep far more alive than they count: a few rows that pass a filter would
    /// otherwise hold the whole batches that they came in.
    mutating func pack() {
        guard heldBytes > Self.shareMax * bytes else { return }
        var pack = RowPack()
        let places = lanes.map { writes in writes.map { pack.append($0.write) } }
        for lane in lanes.indices {
            for (index, place) in places[lane].enumerated() {
                lanes[lane][index].write = pack.write(lanes[lane][index].write, at: place)
            }
        }
    }

    /// Hands out the writes of each lane that has any, and begins anew.
    mutating func forEachLane(_ take: (_ lane: Int, _ writes: [PendingWrite]) -> Void) {
        for lane in lanes.indices where !lanes[lane].isEmpty {
            take(lane, lanes[lane])
            lanes[lane].removeAll(keepingCapacity: true)
        }
        (bytes, count, heldBytes, lastBuffer) = (0, 0, 0, 0)
    }
}

extension RowPack {
    fileprivate typealias Place = (row: Int, oldRow: Int?)

    /// Copies the rows that the sink will be given: the one before only where it is appended.
    fileprivate mutating func append(_ write: SinkWrite) -> Place {
        let row = write.row
        let place = append(row)
        guard write.action == .append, let oldRow = write.oldRow else { return (place, nil) }
        return (place, append(oldRow))
    }

    /// The write with the rows that were copied.
    fileprivate func write(_ write: SinkWrite, at place: Place) -> SinkWrite {
        let row = Row(schema: write.row.schema, bytes: bytes, slots: slots, firstSlot: place.row)
        let oldRow = write.oldRow.flatMap { old in
            place.oldRow.map { Row(schema: old.schema, bytes: bytes, slots: slots, firstSlot: $0) }
        }
        return write.with(row: row, oldRow: oldRow)
    }
}

internal import Connector
internal import Synchronization
internal import Wire

/// Performs the orders of one sink's sorter on files in the state folder.
///
/// A level is one file: runs one after another, each a table of 64 lengths (of 8 bytes, big-endian) and then the
/// records of the 64 partitions. What is in the files is needed by this process alone: after a crash the transaction
/// comes again from the source, because nothing of it was acknowledged.
final class SpillStore: Sendable {
    private struct Level {
        var file: SpillFile
        /// Where the next run begins.
        var end: UInt64 = 0
    }

    private let folder: String
    private let clock: any EngineClock
    private let levels = Mutex<[Level]>([])
    private static let headerBytes = SpillPartitions.count * SpillRecord.lengthBytes
    /// How many bytes are written at once.
    private static let writeBytes = 256 << 10

    init(folder: String, clock: any EngineClock = SystemClock()) {
        self.folder = folder
        self.clock = clock
    }

    /// Performs an order; a failed one changes nothing and may be given again.
    ///
    /// - Returns: what was read, if the order was to read.
    /// - Throws: ``Connector/MillraceError`` with the code `stateUnavailable` when the disk is full or fails, and with
    ///   `stateForeign` when it gives back other bytes than were written.
    func perform(_ order: SpillOrder) async throws -> SpillPart? {
        try await clock.perform("millrace-spill") { try self.performNow(order) }
    }

    /// Performs an order on the calling thread.
    @available(*, noasync)
    func performNow(_ order: SpillOrder) throws -> SpillPart? {
        try levels.withLock { levels in
            switch order {
            case .write(let batch):
                while levels.count <= batch.level { levels.append(Level(file: try SpillFile(in: folder))) }
                try Self.write(batch, to: &levels[batch.level])
                return nil
            case .read(let read): return try Self.read(read, from: levels[read.level])
            case .discard(let level):
                try levels[level].file.empty()
                levels[level].end = 0
                return nil
            }
        }
    }

    private static func write(_ batch: SpillBatch, to level: inout Level) throws {
        var lengths = [UInt64](repeating: 0, count: SpillPartitions.count)
        var offset = level.end + UInt64(headerBytes)
        var bytes: [UInt8] = []
        var next = 0
        for partition in lengths.indices {
            for number in batch.order[next..<next + batch.counts[partition]] {
                let before = bytes.count
                SpillRecord.append(number, of: batch, to: &bytes)
                lengths[partition] += UInt64(bytes.count - before)
                guard bytes.count >= writeBytes else { continue }
                try level.file.write(bytes, at: offset)
                offset += UInt64(bytes.count)
                bytes.removeAll(keepingCapacity: bytes.capacity <= 2 * writeBytes)
            }
            next += batch.counts[partition]
        }
        try level.file.write(bytes, at: offset)
        offset += UInt64(bytes.count)
        var header: [UInt8] = []
        for length in lengths { header.append(bigEndian: length) }
        try level.file.write(header, at: level.end)
        level.end = offset
    }

    private static func read(_ read: SpillRead, from level: Level) throws -> SpillPart {
        var part = SpillPart(bytes: [], next: read.place)
        while let place = part.next, part.bytes.count < read.bytesMax {
            guard place.run < level.end else {
                part.next = nil
                break
            }
            let run = try Run(at: place.run, partition: read.partition, in: level.file)
            guard place.offset < run.length else {
                part.next = SpillPlace(run: run.end, offset: 0)
                continue
            }
            let left = run.length - place.offset
            let room = UInt64(read.bytesMax - part.bytes.count)
            let bytes = try records(
                in: level.file, at: run.start + place.offset, left: left, room: room, mustGetOne: part.bytes.isEmpty)
            if bytes.isEmpty { break }
            part.bytes = part.bytes.isEmpty ? bytes : part.bytes + bytes
            part.next?.offset += UInt64(bytes.count)
        }
        return part
    }

    /// Reads whole records, up to `room` bytes of the `left` that there are.
    private static func records(
        in file: SpillFile, at offset: UInt64, left: UInt64, room: UInt64, mustGetOne: Bool
    ) throws -> [UInt8] {
        var bytes = try file.read(Int(min(left, max(room, UInt64(SpillRecord.lengthBytes)))), at: offset)
        let whole = SpillRecord.wholeRecords(in: bytes.span)
        if whole > 0 || !mustGetOne {
            bytes.removeLast(bytes.count - whole)
            return bytes
        }
        guard let length = SpillRecord.firstLength(in: bytes.span), length <= left else { throw damage }
        return try file.read(Int(length), at: offset)
    }

    /// Where one run has the records of a partition.
    private struct Run {
        var start: UInt64
        var length: UInt64
        /// Where the next run begins.
        var end: UInt64

        init(at offset: UInt64, partition: Int, in file: SpillFile) throws {
            let header = try file.read(SpillStore.headerBytes, at: offset)
            var reader = ByteReader(header.span)
            var place = offset + UInt64(header.count)
            (start, length) = (0, 0)
            for number in 0..<SpillPartitions.count {
                let next = try reader.readUInt64()
                if number == partition { (start, length) = (place, next) }
                let (sum, isOver) = place.addingReportingOverflow(next)
                guard !isOver, sum < UInt64(Int64.max) else { throw SpillStore.damage }
                place = sum
            }
            end = place
        }
    }

    static var damage: MillraceError {
        MillraceError(
            .stateForeign, "what was written of a large transaction reads back differently: the disk is faulty")
    }
}

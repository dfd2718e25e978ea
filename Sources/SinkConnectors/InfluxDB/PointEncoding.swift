internal import Change
internal import Connector
internal import Wire

/// Writes rows as lines of line protocol, into one buffer, without a String or an allocation per cell.
struct PointEncoding: ~Copyable {
    /// The longest text that a field holds.
    static let textBytesMax = 64 << 10
    /// The longest series that every server takes, with room for the name of a field.
    static let seriesBytesMax = 65_000

    /// The lines so far.
    private(set) var body: [UInt8] = []
    private var scratch: [UInt8] = []

    init(reserving bytes: Int) {
        body.reserveCapacity(bytes)
    }

    /// Appends the line of one write, and returns the hash of its series; where that is impossible, the buffer stays as
    /// it was.
    ///
    /// - Parameter isDeleted: whether the point is written as that of a deleted row, of which only the place is known.
    mutating func append(
        _ write: SinkWrite, mapping: InfluxDBMapping, isDeleted: Bool = false
    ) throws(PointProblem) -> UInt64 {
        let start = body.count
        do throws(PointProblem) {
            return try appendLine(write, mapping, isDeleted: isDeleted)
        } catch {
            body.truncate(to: start)
            throw error
        }
    }

    private mutating func appendLine(
        _ write: SinkWrite, _ mapping: InfluxDBMapping, isDeleted: Bool
    ) throws(PointProblem) -> UInt64 {
        let start = body.count
        let nanoseconds: Int64
        if let time = mapping.time {
            nanoseconds = try time.nanoseconds(of: write.row)
            try mapping.appendSeries(of: write.row, to: &body, scratch: &scratch)
        } else {
            let instant = try EventInstant(position: write.position, committedAt: write.committedAt)
            guard mapping.instants.claim(instant, for: write.position.commit) else { throw .takenInstant }
            nanoseconds = instant.time
            try mapping.appendSeries(of: write.row, event: (write.kind, instant), to: &body, scratch: &scratch)
        }
        guard body.count - start <= Self.seriesBytesMax else { throw .longSeries }
        let series = Hash64.of(body.span.extracting(start..<body.count))
        body.append(UInt8(ascii: " "))
        body.append(contentsOf: mapping.lineVersion)
        body.append(decimal: write.version.rawValue)
        body.append(UInt8(ascii: "i"))
        if mapping.options.marksDeleted {
            body.append(UInt8(ascii: ","))
            body.append(contentsOf: mapping.lineDeleted)
            if isDeleted { body.append(literal: "true") } else { body.append(literal: "false") }
        }
        if !isDeleted { try appendFields(write.row, mapping) }
        body.append(UInt8(ascii: " "))
        body.append(decimal: nanoseconds)
        body.append(UInt8(ascii: "\n"))
        return series
    }

    private mutating func appendFields(_ row: Row, _ mapping: InfluxDBMapping) throws(PointProblem) {
        for index in mapping.fields.indices {
            let column = mapping.fields[index].column
            switch row.state(column) {
            case .unchanged:
                // An event tells what its change told.
                if mapping.isAppending { continue }
                throw .unknown(column: mapping.fields[index].name)
            case .null, .missing: appendNull(mapping.fields[index], mapping)
            case .value:
                let start = body.count
                body.append(UInt8(ascii: ","))
                body.append(contentsOf: mapping.fields[index].lineName)
                let isWritten = try mapping.fields[index].append(
                    row.bytes(column), of: row.schema.types[column], to: &body, scratch: &scratch)
                guard isWritten else {
                    body.truncate(to: start)
                    guard mapping.options.specialValues == .omit else {
                        throw .special(column: mapping.fields[index].name)
                    }
                    appendNull(mapping.fields[index], mapping)
                    continue
                }
                if mapping.options.nulls == .mark {
                    body.append(UInt8(ascii: ","))
                    body.append(contentsOf: mapping.fields[index].lineNullName)
                    body.append(literal: "false")
                }
            }
        }
    }

    /// A point keeps the fields that a later write of it leaves out: so a null that has to be seen is said.
    private mutating func appendNull(_ field: borrowing PointField, _ mapping: InfluxDBMapping) {
        guard mapping.options.nulls == .mark else { return }
        body.append(UInt8(ascii: ","))
        body.append(contentsOf: field.lineNullName)
        body.append(literal: "true")
    }
}

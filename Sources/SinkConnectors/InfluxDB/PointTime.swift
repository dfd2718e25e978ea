internal import Change
internal import Wire

/// Where a row's point stands in time.
struct PointTime: Sendable {
    /// Index into the mapping's schema.
    var column: Int
    var name: String
    var unit: InfluxDBMappingOptions.Precision
    var precision: InfluxDBMappingOptions.Precision
    /// The columns whose hash is added below the microsecond; empty for none.
    var spreadColumns: [Int]

    /// The first and the last nanosecond that every server takes.
    static let range = (Int64.min + 2)...(Int64.max - 1)

    /// Nanoseconds since 1970.
    func nanoseconds(of row: Row) throws(PointProblem) -> Int64 {
        guard row.state(column) == .value else {
            throw row.state(column) == .unchanged ? .unknown(column: name) : .noTime(column: name)
        }
        let value: Value
        do throws(WireError) {
            value = try Value(parsing: row.bytes(column), as: row.schema.types[column])
        } catch {
            throw .malformed(column: name)
        }
        let exact: Int128? =
            switch value {
            case .timestamp(let point), .timestampWithZone(let point): point.finite.map { $0 * 1000 }
            case .date(let point): point.finite.map { $0 * 86_400_000_000_000 }
            case .integer(let number): Int128(number) * Int128(unit.nanoseconds)
            case .unsigned(let number): Int128(number) * Int128(unit.nanoseconds)
            default: nil
            }
        guard var time = exact else { throw .noTime(column: name) }
        let cut = time % Int128(precision.nanoseconds)
        time -= cut < 0 ? cut + Int128(precision.nanoseconds) : cut
        if !spreadColumns.isEmpty { time += Int128(spread(row)) }
        guard let nanoseconds = Int64(exactly: time), Self.range.contains(nanoseconds) else { throw .timeRange }
        return nanoseconds
    }

    private func spread(_ row: Row) -> UInt64 {
        var hash = Hash64()
        for column in spreadColumns { hash.combine(row.bytes(column)) }
        return hash.value % 1000
    }

    /// Whether a column can tell a time.
    static func isTime(_ type: DataType) -> Bool {
        switch type {
        case .timestamp, .timestampWithZone, .date, .int16, .int32, .int64, .uint32, .uint64, .bson: true
        default: false
        }
    }
}

internal import Change
internal import Wire

extension Lifetime {
    /// Appends the millisecond since 1970 at which a row expires; nothing where it never does.
    ///
    /// - Precondition: the lifetime is ``until(column:)`` of this column.
    static func appendEnd(_ column: Int, of row: borrowing Row, to text: inout [UInt8]) throws(RedisRowProblem) {
        let name = row.schema.columns[column].name
        guard row.state(column) != .unchanged else { throw .unknown(column: name) }
        let end: TimePoint
        do {
            switch try row.value(column) {
            case .null: return
            case .timestamp(let moment), .timestampWithZone(let moment): end = moment
            case .date(let day): end = day.finite.map { .at($0 * 86_400_000_000) } ?? day
            default: throw WireError.malformed("time")
            }
        } catch {
            throw .malformed(column: name)
        }
        switch end {
        case .infinity: return
        // A time before 1970 has passed, and Redis takes no negative one.
        case .negativeInfinity: text.append(decimal: 1)
        case .at(let microseconds): text.append(decimal: max(microseconds / 1000, 1))
        }
    }
}

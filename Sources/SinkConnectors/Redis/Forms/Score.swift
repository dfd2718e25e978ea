internal import Change
internal import Wire

/// The number that a sorted set orders a row by.
///
/// Redis keeps scores as doubles. Integers and decimals are sent where a double holds them exactly, times as
/// milliseconds since 1970 with their microseconds as a fraction; a value that would be rounded has no score, and
/// neither has NaN, infinity or the end of time.
struct Score: Sendable, Hashable {
    let column: ChosenColumn

    /// Nil where the column's type has no order that a number could carry.
    init?(_ column: ChosenColumn, of schema: TableSchema) {
        guard let index = column.index else {
            self.column = column
            return
        }
        switch schema.columns[index].type {
        case .boolean, .int16, .int32, .int64, .uint32, .uint64, .float32, .float64, .decimal, .money, .date, .time,
            .timestamp, .timestampWithZone, .bson:
            self.column = column
        case .timeWithZone, .text, .bytes, .interval, .uuid, .json, .bits, .network, .enumeration, .array, .composite,
            .range, .multirange, .other:
            return nil
        }
    }

    /// Appends the score in decimal, as Redis reads doubles.
    func append(_ row: borrowing Row, to text: inout [UInt8]) throws(RedisRowProblem) {
        let name = self.column.name
        guard let column = self.column.index else { throw .noScore(column: name) }
        guard row.state(column) != .unchanged else { throw .unknown(column: name) }
        let score: Double?
        do {
            score = try row.value(column).score
        } catch {
            throw .malformed(column: name)
        }
        guard let score else { throw .noScore(column: name) }
        if let whole = Int64(exactly: score) {
            text.append(decimal: whole)
        } else {
            text.append(score.description)
        }
    }
}

internal import Change
internal import Connector
internal import Wire

/// What a write would leave of its point, taken from the line that the sink itself would send: there is no second mapping.
struct PointExpectation {
    let mapping: InfluxDBMapping
    /// Where the point stands.
    let place: PointPlace
    /// Series and time as a line has them: no two points have one.
    let key: [UInt8]
    /// Nil where the row is gone.
    let line: PointLine?
    /// The fields that the row has no value for, and says nothing of.
    let untold: Set<String>

    init(_ write: SinkWrite, _ mapping: InfluxDBMapping) throws(PointProblem) {
        self.mapping = mapping
        place = try PointPlace(of: write.row, mapping)
        guard write.action != .delete else {
            line = nil
            untold = []
            key = place.key(mapping)
            return
        }
        var encoding = PointEncoding(reserving: write.row.byteCount + 200)
        _ = try encoding.append(write, mapping: mapping)
        guard let line = PointLine(encoding.body.span) else { throw .malformed(column: mapping.measurement) }
        self.line = line
        key = line.series + [UInt8(ascii: " ")] + Array("\(line.time)".utf8)
        untold = Set(mapping.fields.map(\.name)).subtracting(line.fields.map(\.name))
    }
}

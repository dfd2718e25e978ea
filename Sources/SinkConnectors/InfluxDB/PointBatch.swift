internal import Change
internal import Connector

/// A run of writes that may reach the server in any order, because no two of them are of one point: the lines that
/// write points, and the places of the points to delete.
struct PointBatch: ~Copyable {
    /// The first write that is not of the batch.
    let end: Int
    /// What becomes of the writes that nobody needs to be asked about.
    private(set) var settled: [(index: Int, result: ItemResult)] = []
    /// The writes behind the lines, in their order.
    private(set) var lines: [(index: Int, mapping: InfluxDBMapping)] = []
    private(set) var deletions: [(index: Int, mapping: InfluxDBMapping, place: PointPlace)] = []
    /// The hash of each line's series.
    private(set) var series: [UInt64] = []
    private var encoding: PointEncoding

    var body: [UInt8] { encoding.body }

    init(_ writes: [SinkWrite], from start: Int) {
        end = WriteRun.end(of: writes, from: start)
        encoding = PointEncoding(reserving: writes[start..<end].reduce(0) { $0 + $1.row.byteCount + 200 })
        lines.reserveCapacity(end - start)
        series.reserveCapacity(end - start)
        for index in start..<end { take(writes[index], index) }
    }

    private mutating func take(_ write: SinkWrite, _ index: Int) {
        guard let mapping = write.mapping as? InfluxDBMapping else {
            let error = MillraceError(.invariant, "a write came with the mapping of another sink")
            settled.append((index, .stop(error)))
            return
        }
        do throws(PointProblem) {
            guard write.action == .delete else { return try append(write, mapping, index) }
            // A row that leaves its point comes as a delete of an update.
            switch write.kind == .update ? mapping.options.onMove : mapping.options.onDelete {
            case .ignore: settled.append((index, .applied))
            case .park: throw .departed
            case .mark: try append(write, mapping, index, isDeleted: true)
            case .delete: deletions.append((index, mapping, try PointPlace(of: write.row, mapping)))
            }
        } catch {
            settled.append((index, error.result(mapping)))
        }
    }

    private mutating func append(
        _ write: SinkWrite, _ mapping: InfluxDBMapping, _ index: Int, isDeleted: Bool = false
    ) throws(PointProblem) {
        series.append(try encoding.append(write, mapping: mapping, isDeleted: isDeleted))
        lines.append((index, mapping))
    }
}

internal import Connector

/// Why a row cannot become a point; said without any value of it.
enum PointProblem: Error, Equatable {
    case unknown(column: String)
    case malformed(column: String)
    case notText(column: String)
    case special(column: String)
    case unfit(column: String, type: String)
    case long(column: String)
    case longSeries
    case noTime(column: String)
    case timeRange
    case emptyTag(column: String)
    case oddTag(column: String)
    case departed
    /// Another transaction of the same instant has the point already.
    case takenInstant

    var reason: String {
        switch self {
        case .unknown(let column): "the value of column \(column) is not known"
        case .malformed(let column): "column \(column) has a value that cannot be read"
        case .notText(let column): "column \(column) has text that is not UTF-8"
        case .special(let column): "column \(column) is NaN or infinite, which a float field cannot hold"
        case .unfit(let column, let type): "column \(column) has a value that a field of type \(type) cannot hold"
        case .long(let column): "column \(column) is longer than \(PointEncoding.textBytesMax) bytes"
        case .longSeries: "measurement and tags together are longer than \(PointEncoding.seriesBytesMax) bytes"
        case .noTime(let column): "column \(column), the point's time, has no value that is a time"
        case .timeRange: "the point's time is outside of 1677 to 2262"
        case .emptyTag(let column): "column \(column) is null or empty, and no tag can be"
        case .oddTag(let column): "column \(column) has characters that no tag can hold safely"
        case .departed: "the row leaves its point, which `on_delete` and `on_move` leave to you"
        case .takenInstant: "another transaction of the same microsecond has the same place"
        }
    }

    /// What becomes of the write.
    func result(_ mapping: InfluxDBMapping) -> ItemResult {
        // The engine completes rows before it hands them on: a hole in one is not the row's fault.
        if case .unknown = self { return .stop(MillraceError(.invariant, reason, place: mapping.place)) }
        return .park(reason: reason)
    }
}

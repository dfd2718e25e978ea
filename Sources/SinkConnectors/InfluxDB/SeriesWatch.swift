internal import Synchronization

/// Counts the series of each measurement, as far as it takes to say that they are many.
final class SeriesWatch: Sendable {
    /// From how many series on a measurement's tags are worth a warning.
    static let warningCount = 10_000

    private struct State {
        var series: [String: Set<UInt64>] = [:]
        var warned: Set<String> = []
    }

    private let state = Mutex(State())

    /// Notes the series of points; true the first time that the measurement has many.
    func note(_ hashes: some Sequence<UInt64>, of measurement: String) -> Bool {
        state.withLock { state in
            guard !state.warned.contains(measurement) else { return false }
            state.series[measurement, default: []].formUnion(hashes)
            guard (state.series[measurement]?.count ?? 0) >= Self.warningCount else { return false }
            state.series[measurement] = nil
            state.warned.insert(measurement)
            return true
        }
    }
}

internal import Change
internal import Connector
internal import Logging
internal import Synchronization

/// Keeps points in a database or bucket of InfluxDB.
///
/// InfluxDB compares no versions: what is written last to a point stands. Each write is the whole point, at a place that
/// is made of the change alone, so that a replay that goes on to its end leaves what was there.
final class InfluxDBSink: ChangeSink {
    let traits: SinkTraits
    let options: InfluxDBOptions
    let client: InfluxDBClient
    let logger: Logger
    let gate = WriteGate()
    private let ledger: InfluxDBLedger
    private let watch = SeriesWatch()
    /// The mappings that write to each measurement, by their names.
    private let writers = Mutex<[String: [String: InfluxDBMapping]]>([:])

    /// - Parameter name: the sink's name within the pipeline.
    init(pipeline: String, name: String, options: InfluxDBOptions, client: InfluxDBClient, logger: Logger) {
        self.options = options
        self.client = client
        self.logger = logger
        ledger = InfluxDBLedger(client: client, pipeline: pipeline, sink: name)
        traits = SinkTraits(options.sending, comparesVersions: false)
    }

    func makeMapping(_ request: MappingRequest) throws -> any RowMapping {
        try InfluxDBMapping(request, api: options.api)
    }

    func open() async throws -> SinkIncarnation {
        SinkIncarnation(["store": try await ledger.open()])
    }

    func prepare(_ mappings: [any RowMapping]) async throws {
        let known = mappings.compactMap { $0 as? InfluxDBMapping }
        writers.withLock { writers in
            for mapping in known { writers[mapping.measurement, default: [:]][mapping.request.name] = mapping }
        }
        for measurement in Set(known.map(\.measurement)).sorted() {
            if let conflict = Self.conflict(among: writers(of: measurement)) {
                throw MillraceError(.sinkRejected, conflict, place: measurement)
            }
        }
    }

    /// The mappings that write to a measurement, in the order of their names.
    func writers(of measurement: String) -> [InfluxDBMapping] {
        writers.withLock { $0[measurement] ?? [:] }.sorted { $0.key < $1.key }.map(\.value)
    }

    func readMarker(pipeline: String) async throws -> SinkMarker? {
        try await ledger.marker()
    }

    func writeMarker(_ marker: SinkMarker) async throws {
        try await ledger.setMarker(marker)
    }

    func removeMarker(pipeline: String) async throws {
        try await ledger.remove()
    }

    func close() async {
        await client.close()
    }

    func apply(_ writes: [SinkWrite], lane: Int) async throws -> [ItemResult] {
        var results = [ItemResult](repeating: .applied, count: writes.count)
        var start = 0
        while start < writes.count {
            let batch = PointBatch(writes, from: start)
            start = batch.end
            try await send(batch, &results)
            // What follows a write that has to be sent again comes after it.
            if start < writes.count, results[..<start].contains(where: \.isPending) {
                for index in start..<writes.count {
                    results[index] = .retry(reason: "an earlier write comes first")
                }
                break
            }
        }
        return results
    }

    /// Nothing is written while anything is deleted: InfluxDB 1 loses points of a series that are written while another
    /// point of it is deleted, and says that they are written (influxdata/influxdb#10516).
    private func send(_ batch: borrowing PointBatch, _ results: inout [ItemResult]) async throws {
        for (index, result) in batch.settled { results[index] = result }
        let deletions = batch.deletions
        if !deletions.isEmpty {
            let outcomes = try await gate.alone { try await delete(deletions.map { ($0.place, $0.mapping) }) }
            for (deletion, outcome) in zip(deletions, outcomes) { results[deletion.index] = outcome }
        }
        let lines = batch.lines
        guard !lines.isEmpty else { return }
        let body = batch.body
        let answer = try await gate.writing { try await client.write(body) }
        let answers = try InfluxDBAnswers.results(answer, of: lines.map(\.mapping))
        for (line, answer) in zip(lines, answers) { results[line.index] = answer }
        note(batch.series, of: lines.map(\.mapping))
    }

    private func note(_ series: [UInt64], of mappings: [InfluxDBMapping]) {
        var byMeasurement: [String: [UInt64]] = [:]
        for (hash, mapping) in zip(series, mappings) { byMeasurement[mapping.measurement, default: []].append(hash) }
        for (measurement, hashes) in byMeasurement where watch.note(hashes, of: measurement) {
            logger.warning(
                "the measurement's tags make many series, which InfluxDB keeps in memory: make fields of tags with many values",
                metadata: ["measurement": "\(measurement)", "series": "over \(SeriesWatch.warningCount)"])
        }
    }
}

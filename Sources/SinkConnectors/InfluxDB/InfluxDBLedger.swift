internal import Connector
internal import Foundation
internal import Wire

/// Keeps the pipeline's record in the database: a name of this life of it, and the marker.
///
/// It is a point of a measurement of its own. A retention policy may let points expire, so that the time of the point
/// goes on by the hour; the latest counts. One that is gone while the pipeline runs says that the database was emptied.
actor InfluxDBLedger {
    private let client: InfluxDBClient
    private let pipeline: String
    /// The sink's name within the pipeline: several may write to one database.
    private let sink: String
    private var store: String?
    /// The time of the last record that was read or written, in nanoseconds.
    private var latest: Int64 = 0

    private struct Record {
        var store: String
        var marker: String
    }

    init(client: InfluxDBClient, pipeline: String, sink: String) {
        self.client = client
        self.pipeline = pipeline
        self.sink = sink
    }

    /// Reads what the pipeline left, or leaves a first record; returns the name of this life.
    func open() async throws -> String {
        if let found = try await read() {
            store = found.store
            return found.store
        }
        let fresh = UUID().uuidString.lowercased()
        try await write(Record(store: fresh, marker: ""))
        store = fresh
        return fresh
    }

    func marker() async throws -> SinkMarker? {
        guard let found = try await read(), !found.marker.isEmpty else { return nil }
        do {
            return try JSONDecoder().decode(SinkMarker.self, from: Data(found.marker.utf8))
        } catch {
            throw MillraceError(.stateForeign, "the pipeline's marker in InfluxDB is of another format")
        }
    }

    /// - Throws: ``MillraceError`` with `sinkReplaced` where the record of this life is gone.
    func setMarker(_ marker: SinkMarker) async throws {
        let found = try await read()
        if let store, found?.store != store {
            throw MillraceError(
                .sinkReplaced, "the pipeline's marker is gone from InfluxDB: its database was emptied or replaced")
        }
        let life = store ?? found?.store ?? UUID().uuidString.lowercased()
        let text = String(decoding: try JSONEncoder().encode(marker), as: UTF8.self)
        try await write(Record(store: life, marker: text))
        store = life
    }

    /// Makes the record one that says nothing: not every server can delete.
    func remove() async throws {
        guard try await read() != nil else {
            store = nil
            return
        }
        try await write(Record(store: "", marker: ""))
        store = nil
    }

    private func read() async throws -> Record? {
        let measurement = InfluxQL.name(client.options.markerMeasurement)
        let tables = try await client.query(
            "SELECT \"store\", \"marker\" FROM \(measurement) WHERE \"pipeline\" = \(InfluxQL.text(pipeline)) "
                + "AND \"sink\" = \(InfluxQL.text(sink)) ORDER BY time DESC LIMIT 1", doing: "reading the marker")
        guard let table = tables.first, let row = table.rows.first, let storeAt = table.index(of: "store"),
            let markerAt = table.index(of: "marker"), let timeAt = table.index(of: "time")
        else { return nil }
        latest = max(latest, row[timeAt].integer ?? 0)
        let record = Record(store: row[storeAt].text ?? "", marker: row[markerAt].text ?? "")
        return record.store.isEmpty ? nil : record
    }

    private func write(_ record: Record) async throws {
        let hour: Int64 = 3_600_000_000_000
        let now = Int64(Date().timeIntervalSince1970 / 3600) * hour
        latest = max(latest, now)
        var line = LineText.measurement(client.options.markerMeasurement)
        for (name, value) in [("pipeline", pipeline), ("sink", sink)] {
            line.append(literal: ",")
            line.append(name)
            line.append(literal: "=")
            LineText.append(escaped: value.utf8.span, to: &line)
        }
        line.append(literal: " store=")
        LineText.append(quoted: record.store.utf8.span, to: &line)
        line.append(literal: ",marker=")
        LineText.append(quoted: record.marker.utf8.span, to: &line)
        line.append(literal: " ")
        line.append(decimal: latest)
        line.append(literal: "\n")
        try InfluxDBAnswers.requireSuccess(try await client.write(line), doing: "writing the marker")
    }
}

internal import Change
internal import Connector

extension InfluxDBSink {
    func check(_ mappings: [any RowMapping]) async -> [Diagnostic] {
        let known = mappings.compactMap { $0 as? InfluxDBMapping }
        var findings = ConnectionCheck.findings(
            [options.address], hasCredentials: !options.credentials.isNone, isVerifying: options.tls.isVerifying,
            at: options.urlLocation, target: "InfluxDB")
        do {
            for measurement in Set(known.map(\.measurement)).sorted() {
                findings += try await checkFields(known.filter { $0.measurement == measurement })
            }
            findings.append(
                Diagnostic(
                    .note, at: options.urlLocation,
                    "a confirmed point is in the server's write-ahead log; a retention policy drops it when its time has come"
                ))
        } catch {
            findings.append(
                Diagnostic(
                    .error, at: options.urlLocation, "\(error)",
                    hint: options.api == .v1 ? nil : "the marker is read by InfluxQL, at /query"))
        }
        for (measurement, writers) in Dictionary(grouping: known, by: \.measurement).sorted(by: { $0.key < $1.key }) {
            if let conflict = Self.conflict(among: writers) {
                let place = writers[0].request.options.location(of: "measurement")
                findings.append(Diagnostic(.error, at: place, "\(measurement): \(conflict)"))
            }
        }
        for mapping in known { findings += InfluxDBMappingCheck.findings(mapping) }
        return findings
    }

    /// What keeps mappings from sharing a measurement; nil where they can.
    static func conflict(among writers: [InfluxDBMapping]) -> String? {
        var kinds: [String: (kind: PointField.Kind, writer: String)] = [:]
        var tables: [TableName: String] = [:]
        for mapping in writers {
            for field in mapping.fields {
                if let other = kinds[field.name], other.kind != field.kind {
                    return "\(other.writer) and \(mapping.request.name) give the field \(field.name) different types"
                }
                kinds[field.name] = (field.kind, mapping.request.name)
            }
            guard mapping.options.mode == .events else { continue }
            if let other = tables[mapping.request.schema.table] {
                return "\(other) and \(mapping.request.name) would write one change to one point; set them apart by "
                    + "`constant_tags` in two measurements"
            }
            tables[mapping.request.schema.table] = mapping.request.name
        }
        return nil
    }

    /// Compares what the measurement has already with what will be written.
    private func checkFields(_ writers: [InfluxDBMapping]) async throws -> [Diagnostic] {
        let measurement = InfluxQL.name(writers[0].measurement)
        let place = writers[0].request.options.location(of: "measurement")
        let tables = try await client.query(
            "SHOW FIELD KEYS FROM \(measurement)", doing: "reading the fields of a measurement")
        guard let table = tables.first, let nameAt = table.index(of: "fieldKey"),
            let typeAt = table.index(of: "fieldType")
        else { return [] }
        var findings: [Diagnostic] = []
        for row in table.rows {
            guard let name = row[nameAt].text, let type = row[typeAt].text,
                let field = writers.lazy.flatMap(\.fields).first(where: { $0.name == name }),
                field.kind.serverName != type
            else { continue }
            findings.append(
                Diagnostic(
                    .error, at: place,
                    "\(writers[0].measurement) has the field \(name) as \(type), and \(field.kind.serverName) would be written",
                    hint: "write it under another name with `rename`, or as that type with `types`"))
        }
        return findings
    }
}

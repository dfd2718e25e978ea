internal import Change
internal import Connector
internal import NIOCore
internal import Wire

/// Compares what stands in InfluxDB with what writes would leave there.
///
/// A query is for one range of time. Rows whose times lie close to each other are read by one range, which costs a point
/// that nobody asked for now and then; others by a statement for each, many in one request.
struct PointComparison {
    let client: InfluxDBClient

    /// How many writes are compared at once, and how many bytes their rows have.
    private static let countMax = 1000
    private static let bytesMax = 1 << 20
    /// How many points a range may have for each one that is wanted: more cost more than a statement for each.
    private static let pointsForEach = 16
    private static let statementsMax = 200

    private typealias Asked = (index: Int, expectation: PointExpectation)

    func compare(_ writes: [SinkWrite]) async throws -> [Comparison] {
        var comparisons = [Comparison](repeating: Comparison(.equal), count: writes.count)
        for block in blocks(writes, &comparisons) {
            let mapping = block[0].expectation.mapping
            let types = try await types(mapping)
            let findings = try await findings(block.map(\.expectation), of: mapping)
            for (index, expectation) in block {
                comparisons[index] = PointVerdict(expectation, findings[expectation.key], types).comparison
            }
            try await noteExpired(block, &comparisons)
        }
        return comparisons
    }

    /// What the writes would leave, each block of one mapping and in the order of time; a write that would park, or that
    /// no comparison can follow, is settled at once.
    private func blocks(_ writes: [SinkWrite], _ comparisons: inout [Comparison]) -> [[Asked]] {
        var asked: [ObjectIdentifier: [(asked: Asked, bytes: Int)]] = [:]
        for (index, write) in writes.enumerated() {
            guard let mapping = write.mapping as? InfluxDBMapping else {
                preconditionFailure("the sink made its mappings")
            }
            if let settled = settled(write, mapping) {
                comparisons[index] = Comparison(settled)
                continue
            }
            do throws(PointProblem) {
                let expectation = try PointExpectation(write, mapping)
                asked[ObjectIdentifier(mapping), default: []].append(((index, expectation), write.row.byteCount))
            } catch {
                comparisons[index] = Comparison(.unverifiable("the row cannot be written: \(error.reason)"))
            }
        }
        return asked.values.flatMap { asked in
            Self.cut(asked.sorted { $0.asked.expectation.place.time < $1.asked.expectation.place.time })
        }
    }

    private static func cut(_ asked: [(asked: Asked, bytes: Int)]) -> [[Asked]] {
        var blocks: [[Asked]] = []
        var block: [Asked] = []
        var bytes = 0
        for (next, size) in asked {
            if block.count == countMax || bytes > bytesMax {
                blocks.append(block)
                (block, bytes) = ([], 0)
            }
            block.append(next)
            bytes += size
        }
        return block.isEmpty ? blocks : blocks + [block]
    }

    /// What can be said without a question.
    private func settled(_ write: SinkWrite, _ mapping: InfluxDBMapping) -> Comparison.Verdict? {
        if let obstacle = mapping.obstacleToComparing { return .unverifiable(obstacle) }
        // Where nothing is ever deleted, whatever stands in the place of no row is as the mapping says.
        return write.action == .delete && !mapping.options.findsPoints ? .equal : nil
    }

    /// What is not there and older than the server keeps may have been there.
    private func noteExpired(_ block: [Asked], _ comparisons: inout [Comparison]) async throws {
        let missing = block.filter { comparisons[$0.index].verdict == .missing }
        // Version 3 has no policies that a query tells of.
        guard !missing.isEmpty, client.options.api != .v3 else { return }
        let statement = "SHOW RETENTION POLICIES ON \(InfluxQL.name(client.options.database))"
        let tables = try await client.query(statement, doing: "reading the retention policies")
        guard let retention = tables.first.flatMap({ Retention($0, name: client.options.retentionPolicy) }) else {
            return
        }
        for (index, expectation) in missing where expectation.place.time < retention.start {
            comparisons[index].verdict = .unverifiable("the point is older than the retention policy keeps")
        }
    }

    // MARK: Questions

    private func types(_ mapping: InfluxDBMapping) async throws -> PointFinding.Types {
        let tables = try await client.query(
            "SHOW FIELD KEYS FROM \(InfluxQL.name(mapping.measurement))", doing: "reading the fields of a measurement")
        guard let table = tables.first, let nameAt = table.index(of: "fieldKey"),
            let typeAt = table.index(of: "fieldType")
        else { return [:] }
        var types: PointFinding.Types = [:]
        for row in table.rows {
            if let name = row[nameAt].text, let type = row[typeAt].text { types[name, default: []].insert(type) }
        }
        return types
    }

    /// What was found, by series and time.
    private func findings(
        _ expectations: [PointExpectation], of mapping: InfluxDBMapping
    ) async throws -> [[UInt8]: PointFinding] {
        do {
            if expectations.count > 1, let found = try await range(expectations, of: mapping) { return found }
        } catch let error as MillraceError where error.underlying is NIOTooManyBytesError {
            // So much stands between the first time and the last.
        }
        var findings: [[UInt8]: PointFinding] = [:]
        var rest = expectations[...]
        while !rest.isEmpty {
            let statements = rest.prefix(Self.statementsMax).map { selection(mapping) + $0.place.condition(mapping) }
            let tables = try await client.query(statements.joined(separator: "; "), doing: "comparing points")
            guard tables.count == statements.count else {
                throw MillraceError(.sinkUnavailable, "the answer to a comparison cannot be read", place: mapping.place)
            }
            for table in tables { try take(table, of: mapping, into: &findings) }
            rest = rest.dropFirst(Self.statementsMax)
        }
        return findings
    }

    /// What stands between the first time and the last; nil where that is too much.
    private func range(
        _ expectations: [PointExpectation], of mapping: InfluxDBMapping
    ) async throws -> [[UInt8]: PointFinding]? {
        let times = expectations.map(\.place.time)
        guard let first = times.min(), let last = times.max() else { return [:] }
        let limit = expectations.count * Self.pointsForEach
        let statement = selection(mapping) + "time >= \(first) AND time <= \(last) LIMIT \(limit)"
        let tables = try await client.query(statement, doing: "comparing points")
        guard let table = tables.first, table.rows.count < limit, !table.isPartial else { return nil }
        var findings: [[UInt8]: PointFinding] = [:]
        try take(table, of: mapping, into: &findings)
        return findings
    }

    private func selection(_ mapping: InfluxDBMapping) -> String {
        let columns = mapping.fieldNames.map(InfluxQL.name).joined(separator: ", ")
        return "SELECT \(columns), *::tag FROM \(InfluxQL.name(mapping.measurement)) WHERE "
    }

    private func take(
        _ table: QueryTable, of mapping: InfluxDBMapping, into findings: inout [[UInt8]: PointFinding]
    ) throws {
        guard !table.rows.isEmpty else { return }
        let names = mapping.fieldNames
        let unreadable = MillraceError(
            .sinkUnavailable, "the answer to a comparison cannot be read", place: mapping.place)
        guard let columns = PointColumns(table, fields: names, of: mapping) else { throw unreadable }
        for row in table.rows {
            guard let place = columns.place(row) else { throw unreadable }
            let fields = Dictionary(names.enumerated().map { ($1, columns.field($0, row)) }) { first, _ in first }
            findings[place.key(mapping)] = PointFinding(fields: fields)
        }
    }
}

extension InfluxDBMapping {
    /// Why what stands there for the mapping cannot be compared.
    var obstacleToComparing: String? {
        options.mode == .events ? "events are a log: a point of it stands for a change, not for a row" : nil
    }

    /// Every field that a point of the mapping may have, the version first.
    var fieldNames: [String] {
        var names = [options.versionField]
        if options.marksDeleted { names.append(options.deletedField) }
        for field in fields {
            names.append(field.name)
            if options.nulls == .mark { names.append(PointField.nullName(field.name)) }
        }
        return names
    }
}

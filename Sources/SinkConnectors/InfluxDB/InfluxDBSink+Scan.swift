internal import Change
internal import Connector
internal import Wire

extension InfluxDBSink: ReadableSink {
    /// How many points one page of a scan holds, unless more stand at one time.
    private static let pageCount = 2000
    private static let pageCountMax = 1 << 20
    /// How many points one request deletes.
    private static let deletionsMax = 200

    /// Events are a log, and keep what happened.
    func truncate(_ mapping: any RowMapping, floor: Version) async throws {
        guard obstacle(toScanning: mapping) == nil else { return }
        try await scan(mapping) { entries in
            _ = try await delete(entries.filter { $0.version < floor }, of: mapping, upTo: floor.before)
        }
    }

    func obstacle(toScanning mapping: any RowMapping) -> String? {
        guard let mapping = mapping as? InfluxDBMapping else { return "the mapping is another sink's" }
        if mapping.options.mode == .events { return "events are a log and keep what happened" }
        for (option, departure, points) in [
            ("on_delete", mapping.options.onDelete, "of deleted rows"),
            ("on_move", mapping.options.onMove, "that rows leave"),
        ] where departure == .ignore || departure == .park {
            return "`\(option): \(departure.rawValue)` keeps the points \(points)"
        }
        if writers(of: mapping.measurement).count > 1 {
            return "several mappings write to the measurement \(mapping.measurement), and no point says which"
        }
        return nil
    }

    func scan(_ mapping: any RowMapping, _ take: @Sendable ([SinkEntry]) async throws -> Void) async throws {
        let mapping = try own(mapping)
        var from = PointTime.range.lowerBound
        var limit = Self.pageCount
        while true {
            let found = try await points(of: mapping, where: "time >= \(from)", limit: limit)
            try await take(found.entries)
            guard found.isCut, let last = found.lastTime else { return }
            guard last > from || limit < Self.pageCountMax else {
                throw MillraceError(
                    .sinkRejected, "the server cuts its answers (max-row-limit) below what stands at one time",
                    place: mapping.place)
            }
            // The last time may have more points than came. What comes twice is harmless.
            limit = last == from ? limit * 2 : Self.pageCount
            from = last
        }
    }

    func delete(_ entries: [SinkEntry], of mapping: any RowMapping, upTo version: Version) async throws -> Int {
        guard !entries.isEmpty else { return 0 }
        let mapping = try own(mapping)
        let places = try entries.map { try PointPlace($0, of: mapping) }
        return try await gate.alone {
            let times = places.map(\.time)
            guard let first = times.min(), let last = times.max() else { return 0 }
            let wanted = Set(places)
            let current = try await points(of: mapping, where: "time >= \(first) AND time <= \(last)", limit: nil)
            guard !current.isCut else {
                throw MillraceError(
                    .sinkRejected, "the server cuts its answers (max-row-limit), so that nothing is deleted",
                    place: mapping.place)
            }
            let old = try current.entries.filter { $0.version <= version }.map { try PointPlace($0, of: mapping) }
                .filter { wanted.contains($0) }
            if mapping.options.onDelete == .mark {
                try await mark(old, of: mapping, version: version)
                return old.count
            }
            for outcome in try await delete(old.map { ($0, mapping) }, amid: current.otherTags) {
                if case .applied = outcome { continue }
                throw MillraceError(
                    .sinkRejected, "a point that lacks a tag cannot be deleted by api: v2; use `on_delete: mark`",
                    place: mapping.place)
            }
            return old.count
        }
    }

    /// Deletes points, each by its own time and tags.
    ///
    /// - Parameter names: the tags of the measurement that no mapping writes, as far as that is known: points that have
    ///   one are of other series.
    func delete(
        _ points: [(place: PointPlace, mapping: InfluxDBMapping)], amid names: [String] = []
    ) async throws -> [ItemResult] {
        if options.api == .v2 { return try await deleteByPredicate(points, amid: names) }
        var rest = points[...]
        while !rest.isEmpty {
            let statements = rest.prefix(Self.deletionsMax).map { place, mapping in
                "DELETE FROM \(InfluxQL.name(mapping.measurement)) WHERE \(place.condition(mapping, amid: names))"
            }
            _ = try await client.query(statements.joined(separator: "; "), doing: "deleting points")
            rest = rest.dropFirst(Self.deletionsMax)
        }
        return Array(repeating: .applied, count: points.count)
    }

    private func deleteByPredicate(
        _ points: [(place: PointPlace, mapping: InfluxDBMapping)], amid names: [String]
    ) async throws -> [ItemResult] {
        var results: [ItemResult] = []
        for (place, mapping) in points {
            guard let predicate = place.predicate(mapping, amid: names) else {
                results.append(.park(reason: "the point lacks a tag, so that api: v2 cannot name it to delete it"))
                continue
            }
            let instant = Self.instant(place.time)
            try await client.delete(from: instant, to: instant, predicate: predicate, doing: "deleting a point")
            results.append(.applied)
        }
        return results
    }

    private func mark(_ places: [PointPlace], of mapping: InfluxDBMapping, version: Version) async throws {
        guard !places.isEmpty else { return }
        var lines: [UInt8] = []
        for place in places {
            place.appendSeries(mapping, to: &lines)
            lines.append(UInt8(ascii: " "))
            lines.append(contentsOf: mapping.lineVersion)
            lines.append(decimal: version.rawValue)
            lines.append(literal: "i,")
            lines.append(contentsOf: mapping.lineDeleted)
            lines.append(literal: "true ")
            lines.append(decimal: place.time)
            lines.append(UInt8(ascii: "\n"))
        }
        try InfluxDBAnswers.requireSuccess(try await client.write(lines), doing: "marking points as deleted")
    }

    private struct Page {
        var entries: [SinkEntry] = []
        var lastTime: Int64?
        /// Whether there are more than came.
        var isCut = false
        var otherTags: [String] = []
    }

    private func points(of mapping: InfluxDBMapping, where condition: String, limit: Int?) async throws -> Page {
        var fields = [mapping.options.versionField]
        if mapping.options.marksDeleted { fields.append(mapping.options.deletedField) }
        var statement = "SELECT \(fields.map(InfluxQL.name).joined(separator: ", ")), *::tag FROM "
        statement += "\(InfluxQL.name(mapping.measurement)) WHERE \(condition) ORDER BY time"
        if let limit { statement += " LIMIT \(limit)" }
        guard let table = try await client.query(statement, doing: "scanning \(mapping.place)").first,
            !table.rows.isEmpty
        else { return Page() }
        guard let columns = PointColumns(table, fields: fields, of: mapping) else {
            throw MillraceError(.sinkUnavailable, "the answer to a scan cannot be read", place: mapping.place)
        }
        var page = Page()
        page.isCut = table.rows.count == limit || table.isPartial
        page.otherTags = columns.otherNames
        for row in table.rows {
            guard let place = columns.place(row) else { continue }
            page.lastTime = place.time
            if fields.count > 1, columns.field(1, row) == .boolean(true) { continue }
            // A point without a version was not written by this sink.
            guard let version = columns.field(0, row).integer else { continue }
            page.entries.append(place.entry(version: Version(rawValue: version), of: mapping))
        }
        return page
    }

    private func own(_ mapping: any RowMapping) throws -> InfluxDBMapping {
        guard let mapping = mapping as? InfluxDBMapping else {
            throw MillraceError(.invariant, "a scan came with the mapping of another sink")
        }
        return mapping
    }

    /// A time as RFC 3339 has it, to the nanosecond.
    private static func instant(_ nanoseconds: Int64) -> String {
        let (second, fraction) = (
            nanoseconds >= 0 ? nanoseconds / 1_000_000_000 : (nanoseconds + 1) / 1_000_000_000 - 1,
            ((nanoseconds % 1_000_000_000) + 1_000_000_000) % 1_000_000_000
        )
        let day = second >= 0 ? second / 86_400 : (second + 1) / 86_400 - 1
        var text: [UInt8] = []
        text.append(iso: CivilDate(daysSince1970: day))
        text.append(literal: "T")
        text.append(isoTime: (second - day * 86_400) * 1_000_000)
        text.append(literal: ".")
        text.append(decimal: UInt64(fraction), width: 9)
        text.append(literal: "Z")
        return String(decoding: text, as: UTF8.self)
    }
}

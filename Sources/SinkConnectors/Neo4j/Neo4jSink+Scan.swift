internal import BoltCodec
internal import Change
internal import Connector

extension Neo4jSink: ReadableSink {
    private static let pageCount: Int64 = 2000

    /// The version left behind is the one before the floor: a row of the truncate's own window, which comes after it,
    /// bears the floor itself.
    func truncate(_ mapping: any RowMapping, floor: Version) async throws {
        guard obstacle(toScanning: mapping) == nil else { return }
        try await scan(mapping) { entries in
            _ = try await delete(entries.filter { $0.version < floor }, of: mapping, upTo: floor.before)
        }
    }

    func obstacle(toScanning mapping: any RowMapping) -> String? {
        guard let mapping = mapping as? Neo4jMapping else { return "the mapping is another sink's" }
        return mapping.form.obstacleToComparing
    }

    func scan(_ mapping: any RowMapping, _ take: @Sendable ([SinkEntry]) async throws -> Void) async throws {
        let mapping = try own(mapping)
        let scan = GraphScan(mapping)
        var last: [PackStreamValue] = []
        while true {
            let records = try await control.ask(scan.page(after: last, count: Self.pageCount))
            try await take(try records.map { try scan.entry($0) })
            guard records.count == Int(Self.pageCount), let end = records.last else { return }
            last = scan.place(end)
        }
    }

    func delete(_ entries: [SinkEntry], of mapping: any RowMapping, upTo version: Version) async throws -> Int {
        let mapping = try own(mapping)
        var deleted = 0
        var rest = entries[...]
        while !rest.isEmpty {
            let statement = BoltStatement(
                mapping.statements.sweep,
                try GraphScan.parameters(deleting: rest.prefix(options.batchCountMax), of: mapping, upTo: version))
            let records = try await gate.alone { try await control.ask(statement) }
            deleted += Self.numbers(records).count
            rest = rest.dropFirst(options.batchCountMax)
        }
        return deleted
    }

    private func own(_ mapping: any RowMapping) throws -> Neo4jMapping {
        guard let mapping = mapping as? Neo4jMapping else {
            throw MillraceError(.invariant, "a scan came with the mapping of another sink")
        }
        return mapping
    }
}

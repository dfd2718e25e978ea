internal import BoltCodec
internal import Change
internal import Connector
internal import Foundation
internal import Logging
internal import Synchronization

/// Keeps rows as nodes and relationships of a graph.
///
/// Each batch is a transaction of one statement for each mapping, which compares versions under the locks that it takes
/// anyway. Nodes are written by the lanes at once, in the order of their keys; relationships, which lock two nodes each,
/// by one lane at a time while no nodes are written: within a process there is nothing to wait for in a circle.
final class Neo4jSink: ChangeSink {
    let traits: SinkTraits
    let options: Neo4jOptions
    let pipeline: String
    let logger: Logger
    let control: BoltClient
    let comparer: BoltClient
    let ledger: GraphLedger
    let gate: WriteGate
    /// What was prepared, by name.
    let mappings = Mutex<[String: Neo4jMapping]>([:])
    private let lanes: [BoltClient]

    /// - Parameter name: the sink's name within the pipeline.
    init(pipeline: String, name: String, options: Neo4jOptions, logger: Logger) {
        self.options = options
        self.pipeline = pipeline
        self.logger = logger
        traits = SinkTraits(options.sending)
        gate = GraphGates.gate(of: options.address)
        let target = BoltTarget(options)
        let control = BoltClient(target)
        self.control = control
        comparer = BoltClient(target)
        ledger = GraphLedger(client: control, id: "\(pipeline).\(name)", tombstoneLifetime: options.tombstoneLifetime)
        lanes = (0..<options.sending.lanes).map { _ in BoltClient(target) }
    }

    func makeMapping(_ request: MappingRequest) throws -> any RowMapping {
        try Neo4jMapping(request, pipeline: pipeline)
    }

    func open() async throws -> SinkIncarnation {
        await close()
        try await ledger.prepare(options.constraints)
        return SinkIncarnation(["store": try await ledger.open()])
    }

    func readMarker(pipeline: String) async throws -> SinkMarker? { try await ledger.marker() }

    func writeMarker(_ marker: SinkMarker) async throws { try await ledger.setMarker(marker) }

    func removeMarker(pipeline: String) async throws { try await ledger.remove() }

    func close() async {
        for lane in lanes { await lane.close() }
        await control.close()
        await comparer.close()
    }

    func apply(_ writes: [SinkWrite], lane: Int) async throws -> [ItemResult] {
        let client = lanes[lane]
        let countsInUTC = try await client.session().countsInUTC
        var results = [ItemResult](repeating: .applied, count: writes.count)
        var start = 0
        while start < writes.count {
            let end = WriteRun.end(of: writes, from: start)
            let batch = GraphBatch(writes, start..<end, countsInUTC: countsInUTC)
            try await send(batch, by: client, &results)
            start = end
            // What follows a write that has to be sent again comes after it.
            if start < writes.count, results[..<start].contains(where: \.isPending) {
                for index in start..<writes.count { results[index] = .retry(reason: "an earlier write comes first") }
                break
            }
        }
        return results
    }

    private func send(_ batch: GraphBatch, by client: BoltClient, _ results: inout [ItemResult]) async throws {
        for (index, result) in batch.settled { results[index] = result }
        if !batch.nodes.isEmpty {
            let outcomes = try await gate.writing { try await write(batch.nodes, by: client) }
            for (index, result) in outcomes { results[index] = result }
        }
        guard !batch.relationships.isEmpty || !batch.statements.isEmpty else { return }
        let outcomes = try await gate.alone {
            var outcomes: [(Int, ItemResult)] = []
            if !batch.relationships.isEmpty { outcomes += try await write(batch.relationships, by: client) }
            for group in batch.statements { outcomes += try await give(group, by: client) }
            return outcomes
        }
        for (index, result) in outcomes { results[index] = result }
    }

    /// Writes groups as one transaction.
    private func write(_ groups: [GraphGroup], by client: BoltClient) async throws -> [(Int, ItemResult)] {
        let now = GraphLedger.now()
        var statements = [await ledger.presence()]
        for group in groups {
            let text = group.isDelete ? group.mapping.statements.delete : group.mapping.statements.upsert
            statements.append(BoltStatement(text, group.parameters(now: now)))
        }
        switch try await client.transaction(statements) {
        case .committed(let records):
            try await ledger.verify(records[0])
            var outcomes: [(Int, ItemResult)] = []
            for (group, records) in zip(groups, records.dropFirst()) {
                let applied = Self.numbers(records)
                outcomes += group.indices.map { ($0, applied.contains($0) ? .applied : .stale) }
            }
            return outcomes
        case .refused(let failure): return Self.outcomes(of: failure, groups)
        }
    }

    /// Gives rows to a statement of the user's, those alone that it was not given before, in the transaction that notes
    /// which these are.
    private func give(_ group: GraphGroup, by client: BoltClient) async throws -> [(Int, ItemResult)] {
        let now = GraphLedger.now()
        let rows = Dictionary(group.rows.map { ($0.index, $0.row) }) { first, _ in first }
        let outcome = try await client.transaction(BoltStatement(GraphStatements.ledger, group.parameters(now: now))) {
            let fresh = Self.numbers($0).sorted().compactMap { rows[$0] }
            guard !fresh.isEmpty else { return nil }
            return BoltStatement(group.mapping.statements.upsert, group.parameters(of: fresh, now: now))
        }
        switch outcome {
        case .committed(let records):
            let fresh = Self.numbers(records[0])
            return group.indices.map { ($0, fresh.contains($0) ? .applied : .stale) }
        case .refused(let failure): return Self.outcomes(of: failure, [group])
        }
    }

    private static func outcomes(of failure: BoltFailure, _ groups: [GraphGroup]) -> [(Int, ItemResult)] {
        let count = groups.reduce(0) { $0 + $1.rows.count }
        return groups.flatMap { group in
            let result = Neo4jFailures.result(for: failure, of: count, place: group.mapping.place)
            return group.indices.map { ($0, result) }
        }
    }

    /// The numbers of rows that a statement returned, as one list or one to a record.
    static func numbers(_ records: [[PackStreamValue]]) -> Set<Int> {
        var numbers: Set<Int> = []
        for value in records.lazy.compactMap(\.first) {
            for number in value.list ?? [value] { number.integer.map { _ = numbers.insert(Int($0)) } }
        }
        return numbers
    }
}

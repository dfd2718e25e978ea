internal import BoltCodec
internal import Change
internal import Connector

/// Compares what stands in the graph with what writes would leave there: plain reads, many rows in one statement.
struct GraphComparison {
    private let client: BoltClient
    private let countsInUTC: Bool
    private let equality: GraphEquality

    /// How many writes are compared at once, and how many bytes their rows have: about as much is then read.
    private static let countMax = 1000
    private static let bytesMax = 1 << 20

    private typealias Asked = (index: Int, expectation: GraphExpectation)

    init(_ client: BoltClient) async throws {
        self.client = client
        let session = try await client.session()
        countsInUTC = session.countsInUTC
        equality = GraphEquality(session)
    }

    func compare(_ writes: [SinkWrite]) async throws -> [Comparison] {
        var comparisons = [Comparison](repeating: Comparison(.equal), count: writes.count)
        for block in blocks(writes, &comparisons) {
            for (index, comparison) in try await compare(block) { comparisons[index] = comparison }
        }
        return comparisons
    }

    /// What the writes would leave, each block of one mapping; a write that would park, or that no comparison can follow,
    /// is settled at once.
    private func blocks(_ writes: [SinkWrite], _ comparisons: inout [Comparison]) -> [[Asked]] {
        var open: [ObjectIdentifier: (bytes: Int, asked: [Asked])] = [:]
        var blocks: [[Asked]] = []
        for (index, write) in writes.enumerated() {
            guard let mapping = write.mapping as? Neo4jMapping else {
                preconditionFailure("the sink made its mappings")
            }
            if let obstacle = mapping.form.obstacleToComparing {
                comparisons[index] = Comparison(.unverifiable(obstacle))
                continue
            }
            do throws(GraphProblem) {
                let expectation = try GraphExpectation(write, mapping, countsInUTC: countsInUTC)
                var block = open[ObjectIdentifier(mapping)] ?? (0, [])
                block.asked.append((index, expectation))
                block.bytes += write.row.byteCount
                open[ObjectIdentifier(mapping)] = block
                guard block.asked.count >= Self.countMax || block.bytes >= Self.bytesMax else { continue }
                blocks.append(block.asked)
                open[ObjectIdentifier(mapping)] = nil
            } catch {
                comparisons[index] = Comparison(.unverifiable("the row cannot be written: \(error.reason)"))
            }
        }
        return blocks + open.values.map(\.asked)
    }

    /// What is not there bears the version that was left behind when it was deleted.
    private func noteGraves(_ expectations: [GraphExpectation], _ comparisons: inout [Comparison]) async throws {
        let missing = comparisons.indices.filter { comparisons[$0].verdict == .missing }
        guard !missing.isEmpty else { return }
        let ids = missing.map { PackStreamValue.text(expectations[$0].id) }
        let records = try await client.ask(BoltStatement(GraphStatements.graves, ["ids": .list(ids)]))
        for record in records where record.count == 2 {
            guard let id = record[0].text, let version = record[1].integer else { continue }
            for index in missing where expectations[index].id.utf8.elementsEqual(id.utf8) {
                comparisons[index].version = Version(rawValue: version)
            }
        }
    }

    /// Compares one block; the halves of one whose answer is larger than is read at once, down to the row that it is.
    private func compare(_ block: [Asked]) async throws -> [(Int, Comparison)] {
        guard let mapping = block.first?.expectation.mapping else { return [] }
        let expectations = block.map(\.expectation)
        let look = GraphLook(mapping)
        do {
            let records = try await client.ask(look.statement(expectations))
            guard let findings = look.findings(records, for: expectations) else {
                throw MillraceError(.sinkUnavailable, "the answer to a comparison cannot be read", place: mapping.place)
            }
            var comparisons = zip(block, findings).map { GraphVerdict($0.expectation, $1, equality).comparison }
            try await noteGraves(expectations, &comparisons)
            return zip(block, comparisons).map { ($0.index, $1) }
        } catch let error as MillraceError where error.isAnswerTooLarge {
            guard block.count > 1 else {
                return [(block[0].index, Comparison(.unverifiable("what stands there is larger than is read at once")))]
            }
            let half = block.count / 2
            let first = try await compare(Array(block[..<half]))
            return first + (try await compare(Array(block[half...])))
        }
    }
}

extension GraphForm {
    /// Why what stands in the graph for a mapping of the form cannot be compared.
    var obstacleToComparing: String? {
        switch self {
        case .node, .relationship: nil
        case .statement: "what a statement of your own makes of rows is not known"
        }
    }
}

import Randomness
import Change
import PostgresClient
import Testing

@testable import SourceConnectors

/// Drives chunks of an audit through random interleavings of writers and stream: a row that is handed over is what a sink
/// has that applied everything delivered before it, and nothing else.
@Suite struct AuditSimulationTests {
    /// A fence that is broken on purpose.
    enum Flaw: CaseIterable {
        /// Rows are handed over before the stream has brought what their snapshot sees.
        case notHeld
        /// A snapshot is taken that does not see all that was delivered.
        case readTooEarly
        /// Rows are handed over although the stream has overtaken them.
        case overtakenKept
    }

    @Test(arguments: [0, 10_000, 20_000, 30_000])
    func nothingDiffersWhateverTheInterleaving(_ firstSeed: Int) {
        var compared = 0
        for seed in firstSeed..<firstSeed + 500 {
            var simulation = AuditSimulation(seed: UInt64(seed), flaw: nil)
            simulation.run()
            #expect(simulation.differences == 0, "seed \(seed)")
            compared += simulation.compared
            if simulation.differences > 0 { return }
        }
        #expect(compared > 500)
    }

    @Test(arguments: Flaw.allCases)
    func aBrokenFenceIsCaught(_ flaw: Flaw) {
        let isCaught = (0..<500 as Range<UInt64>).contains { seed in
            var simulation = AuditSimulation(seed: seed, flaw: flaw)
            simulation.run()
            return simulation.differences > 0
        }
        #expect(isCaught)
    }

    @Test func whatChangedMeanwhileIsNamed() {
        var named = 0
        for seed in 0..<200 as Range<UInt64> {
            var simulation = AuditSimulation(seed: seed, flaw: nil)
            simulation.run()
            named += simulation.overtaken
        }
        #expect(named > 20)
    }
}

private struct AuditSimulation {
    private(set) var compared = 0
    private(set) var overtaken = 0
    private(set) var differences = 0

    private var generator: SeededNumbers
    private let flaw: AuditSimulationTests.Flaw?
    private var database = SimulatedDatabase()
    private var merge = MergeState()
    private var delivered = 0
    private var deliveredWrites = 0
    private var chunks: [Chunk] = []
    private var position: UInt64 = 0
    private var barrier: UInt64 = 0
    private var isQuiet = false
    /// What a sink has that applies everything as it is delivered.
    private var sink: [Int: Int] = [:]

    private static let chunkSize = 3

    private struct Chunk {
        var keys: Range<Int>
        var opened: (chunk: Int, mustSee: Set<UInt64>)?
        var isRead = false
    }

    init(seed: UInt64, flaw: AuditSimulationTests.Flaw?) {
        generator = SeededNumbers(seed: seed)
        self.flaw = flaw
    }

    mutating func run() {
        for _ in 0..<80 { step() }
        position = database.insertPosition - 1
        merge.beginRun()
        barrier = database.drawID()
        chunks = stride(from: 0, to: SimulatedDatabase.keyCount, by: Self.chunkSize).map {
            Chunk(keys: $0..<$0 + Self.chunkSize)
        }
        for _ in 0..<200 {
            step()
            stepChunk()
        }
        database.settle()
        isQuiet = true
        while chunks.contains(where: { !$0.isRead }) { stepChunk() }
        while deliver() { compare() }
        compare()
    }

    private mutating func step() {
        if Bool.random(using: &generator), !isQuiet { database.step(using: &generator) } else { deliver() }
        compare()
    }

    @discardableResult
    private mutating func deliver() -> Bool {
        guard delivered < database.log.count else { return false }
        let transaction = database.transactions[database.log[delivered]]
        let left = transaction.writes.count - deliveredWrites
        let count = Int.random(in: 0...left, using: &generator)
        let part = transaction.writes[deliveredWrites..<deliveredWrites + count]
        let isLast = count == left
        merge.willDeliver(
            SimulatedDatabase.batch(part, of: transaction.id, commit: transaction.commit ?? 0, isLast: isLast))
        for write in part {
            switch write {
            case .put(let key, let value): sink[key] = value
            case .delete(let key): sink[key] = nil
            case .move(let key, let other, let value): (sink[key], sink[other]) = (nil, value)
            case .truncate: sink = [:]
            }
        }
        deliveredWrites = isLast ? 0 : deliveredWrites + count
        if isLast { delivered += 1 }
        return true
    }

    private mutating func stepChunk() {
        guard let index = chunks.indices.filter({ !chunks[$0].isRead }).randomElement(using: &generator) else { return }
        guard let opened = chunks[index].opened else {
            // Without a key nothing is known to be overtaken.
            chunks[index].opened = merge.open(
                table: 7, keyColumns: flaw == .overtakenKept ? [] : ["k"], commit: position)
            return
        }
        let snapshot = database.snapshot
        var machine = SnapshotChunkMachine(barrier: flaw == .readTooEarly ? 0 : barrier, storage: "s")
        let action = machine.looked(
            .init(snapshot: snapshot, inserted: .zero, flushed: .zero, storage: "s"),
            mustSee: flaw == .readTooEarly ? [] : opened.mustSee)
        merge.prune(seenBy: snapshot)
        guard case .read = action else {
            merge.close(opened.chunk)
            chunks[index].opened = nil
            return
        }
        merge.hold(opened.chunk, until: flaw == .notHeld ? 0 : database.insertPosition - 1)
        let rows = database.rows(seenBy: snapshot).filter { chunks[index].keys.contains($0.key) }
        merge.append(
            SimulatedDatabase.rows(
                rows.map { (key: $0.key, value: $0.value) }, ofChunk: index, commit: position, isLast: true),
            of: opened.chunk)
        chunks[index].isRead = true
    }

    /// Compares what is handed over now.
    private mutating func compare() {
        while let batch = merge.next(in: .unlimited) {
            guard case .snapshot(let origin) = batch.origin else { continue }
            overtaken += origin.overtaken.count
            for change in batch.changes { compare(batch.newRow(change)) }
        }
    }

    private mutating func compare(_ row: Row) {
        compared += 1
        let (key, value) = (Int(row.text(0) ?? ""), Int(row.text(1) ?? ""))
        if key.flatMap({ sink[$0] }) != value { differences += 1 }
    }
}

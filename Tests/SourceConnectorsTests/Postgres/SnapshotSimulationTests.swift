import Randomness
import Change
import PostgresClient
import Testing

@testable import SourceConnectors

/// Drives the merge and the chunk's rules through random interleavings of writers, stream and chunks.
@Suite struct SnapshotSimulationTests {
    @Test(arguments: [0, 10_000, 20_000, 30_000])
    func everySinkEndsWithTheTableWhateverTheInterleaving(_ firstSeed: Int) {
        for seed in firstSeed..<firstSeed + 500 {
            var simulation = Simulation(seed: UInt64(seed))
            simulation.run()
            #expect(simulation.plain == simulation.expected, "a sink without versions, seed \(seed)")
            #expect(simulation.guarded == simulation.expected, "a sink with versions, seed \(seed)")
            #expect(simulation.isSwept, "a row that the run did not leave the version of P on, seed \(seed)")
            if simulation.plain != simulation.expected || simulation.guarded != simulation.expected { return }
        }
    }
}

private struct Simulation {
    private var generator: SeededNumbers
    private var database = SimulatedDatabase()
    private var merge = MergeState()
    private var delivered = 0
    /// How many writes of the transaction under delivery were delivered.
    private var deliveredWrites = 0
    private var chunks: [Chunk] = []
    private var position: UInt64 = 0
    private var barrier: UInt64 = 0
    /// Whether the writers have stopped.
    private var isQuiet = false

    private(set) var plain: [Int: Int] = [:]
    private var versions: [Int: (version: UInt64, isStreamed: Bool, value: Int?)] = [:]
    private var floor: UInt64 = 0

    private static let chunkSize = 3

    private struct Chunk {
        var keys: Range<Int>
        var opened: (chunk: Int, mustSee: Set<UInt64>)?
        var rows: [Int: Int]?
        var isDone = false
    }

    init(seed: UInt64) {
        generator = SeededNumbers(seed: seed)
    }

    /// Whether a sweep would keep every row: none bears a version below that of the run.
    var isSwept: Bool {
        versions.values.allSatisfy { $0.value == nil || $0.version >= position }
    }

    var guarded: [Int: Int] { versions.compactMapValues(\.value) }
    var expected: [Int: Int] { database.rows(seenBy: database.snapshot) }

    mutating func run() {
        for _ in 0..<60 { database.step(using: &generator) }
        // The stream stands where its slot was made, anywhere before P: rows from before are the snapshot's to bring.
        delivered = Int.random(in: 0...database.log.count, using: &generator)
        position = database.insertPosition - 1
        for _ in 0..<5 { step(withChunks: false) }
        merge.beginRun()
        barrier = database.drawID()
        chunks = stride(from: 0, to: SimulatedDatabase.keyCount, by: Self.chunkSize).map {
            Chunk(keys: $0..<$0 + Self.chunkSize)
        }
        for _ in 0..<200 { step(withChunks: true) }
        database.settle()
        isQuiet = true
        while chunks.contains(where: { !$0.isDone }) { step(withChunks: true) }
        while deliver() {}
    }

    private mutating func step(withChunks: Bool) {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<4: if !isQuiet { database.step(using: &generator) }
        case 4..<7: deliver()
        default: if withChunks { stepChunks() }
        }
    }

    /// Delivers the next part of the log.
    @discardableResult
    private mutating func deliver() -> Bool {
        guard delivered < database.log.count else { return false }
        let transaction = database.transactions[database.log[delivered]]
        let left = transaction.writes.count - deliveredWrites
        let count = Int.random(in: 0...left, using: &generator)
        let part = transaction.writes[deliveredWrites..<deliveredWrites + count]
        let isLast = deliveredWrites + count == transaction.writes.count
        let commit = transaction.commit ?? 0
        merge.willDeliver(SimulatedDatabase.batch(part, of: transaction.id, commit: commit, isLast: isLast))
        for write in part { apply(write, commit) }
        deliveredWrites = isLast ? 0 : deliveredWrites + count
        if isLast { delivered += 1 }
        return true
    }

    private mutating func stepChunks() {
        guard let index = chunks.indices.filter({ !chunks[$0].isDone }).randomElement(using: &generator) else { return }
        switch (chunks[index].opened, chunks[index].rows) {
        case (nil, _): chunks[index].opened = merge.open(table: 7, keyColumns: ["k"], commit: position)
        case (let opened?, nil): look(index, opened)
        case (let opened?, let rows?): hand(index, opened.chunk, rows)
        }
    }

    private mutating func look(_ index: Int, _ opened: (chunk: Int, mustSee: Set<UInt64>)) {
        let snapshot = database.snapshot
        var machine = SnapshotChunkMachine(barrier: barrier, storage: "s")
        let action = machine.looked(
            .init(snapshot: snapshot, inserted: .zero, flushed: .zero, storage: "s"), mustSee: opened.mustSee)
        merge.prune(seenBy: snapshot)
        if case .read = action {
            chunks[index].rows = database.rows(seenBy: snapshot).filter { chunks[index].keys.contains($0.key) }
        } else {
            merge.close(opened.chunk)
            chunks[index].opened = nil
        }
    }

    /// Hands a few rows over; the last ones end the chunk, or the connection is lost and it is read again.
    private mutating func hand(_ index: Int, _ chunk: Int, _ rows: [Int: Int]) {
        if Int.random(in: 0..<8, using: &generator) == 0 {
            merge.close(chunk)
            (chunks[index].opened, chunks[index].rows) = (nil, nil)
            return
        }
        let part = rows.prefix(1)
        let isLast = rows.count <= 1
        merge.append(
            SimulatedDatabase.rows(part, ofChunk: index, commit: position, isLast: isLast), of: chunk)
        chunks[index].rows = Dictionary(uniqueKeysWithValues: rows.dropFirst().map { ($0.key, $0.value) })
        if Bool.random(using: &generator) { deliver() }
        while let taken = merge.next(in: .unlimited) {
            for change in taken.changes {
                let row = taken.newRow(change)
                apply(.put(Int(row.text(0) ?? "") ?? -1, Int(row.text(1) ?? "") ?? -1), position, isStreamed: false)
            }
        }
        chunks[index].isDone = isLast
    }

    private mutating func apply(_ write: SimulatedDatabase.Write, _ version: UInt64, isStreamed: Bool = true) {
        func put(_ key: Int, _ value: Int?) {
            plain[key] = value
            let known = versions[key] ?? (0, false, nil)
            // Only writes of one transaction, which fold, share a version.
            let isNewer = version > known.version || (version == known.version && isStreamed && known.isStreamed)
            if version >= floor, isNewer { versions[key] = (version, isStreamed, value) }
        }
        switch write {
        case .put(let key, let value): put(key, value)
        case .delete(let key): put(key, nil)
        case .move(let key, let other, let value):
            put(key, nil)
            put(other, value)
        case .truncate:
            plain = [:]
            floor = version
            versions = versions.filter { $0.value.version > version }
        }
    }
}

import Change
import Connector
import Threads

@testable import SourceConnectors

/// The simulated database as one life of the process sees it, with the real cursor, merge and chunk machine of the
/// PostgreSQL source around the simulated connections.
final class StreamingSource: ChangeSource, @unchecked Sendable {
    let life: Life
    let world: World
    var merge = MergeState()
    let news = Bell()
    /// The source that positions belong to, since it was prepared.
    private(set) var identity: SourceIdentity?
    /// The handovers that are being filled, for the limits of law 7.
    var handovers: [Feed: Handover<ChangeBatch>] = [:]
    /// How many changes of each table were handed over, each once: what the ledger must have received.
    var delivered = DeliveredChanges()

    init(life: Life) {
        self.life = life
        world = life.world
    }

    var database: SimulatedDatabase { world.database }
    var slot: ReplicationSlot { world.slot }

    func check() async -> [Diagnostic] { [] }

    /// Throws while the database takes no connections.
    func connect() async throws {
        try await life.pause(world.chance.below(5 * Span.millisecond))
        guard world.time.now >= slot.downUntil else {
            throw MillraceError(.sourceUnavailable, "simulated: the database is down")
        }
    }

    func prepare(resumingFrom checkpoint: SourceCheckpoint?) async throws -> SourceStart {
        try await connect()
        // It is made ready only when no earlier stream holds it any more.
        slot.streams += 1
        if let checkpoint, world.mutation != .identityIgnored, checkpoint.identity != slot.identity {
            throw MillraceError(.sourceChanged, "simulated: another server has taken over")
        }
        if let checkpoint { try verifySlot(resumingAt: checkpoint.progress.end) }
        let confirmed = slot.confirmed ?? database.position * 8
        slot.confirmed = confirmed
        if checkpoint == nil { slot.hasGap = false }
        let isForged = world.mutation == .identityIgnored
        let identity = isForged ? checkpoint?.identity ?? slot.identity : slot.identity
        self.identity = identity
        return SourceStart(
            identity: identity,
            progress: checkpoint?.progress ?? SourceProgress(commit: (confirmed - 1) / 8, end: confirmed),
            tables: SimulatedTable.allCases.map(database.schema))
    }

    /// Whether the slot has everything after a position.
    func verifySlot(resumingAt end: UInt64) throws {
        guard let confirmed = slot.confirmed else {
            throw MillraceError(.positionLost, "simulated: the slot is gone")
        }
        guard world.mutation != .identityIgnored else { return }
        guard confirmed <= end else {
            throw MillraceError(.positionLost, "simulated: the slot is past the checkpoint")
        }
    }

    /// Throws where another server answers now.
    func verifyIdentity() throws {
        guard identity == slot.identity || world.mutation == .identityIgnored else {
            throw MillraceError(.sourceChanged, "simulated: another server has taken over")
        }
    }

    func acknowledge(_ progress: SourceProgress, of feed: Feed) {
        // What is said to a server that is gone, nobody hears.
        guard !life.isOver, feed == .main, identity == slot.identity, slot.confirmed != nil else { return }
        world.oracle.acknowledged(progress)
        confirmLater(progress.end)
    }

    /// The status that says it is sent now and then, while a connection lives.
    func confirmLater(_ end: UInt64) {
        let (breaks, streams) = (slot.breaks, slot.streams)
        world.time.after(world.chance.below(Span.second)) { [world, slot] in
            guard breaks == slot.breaks, streams == slot.streams else { return }
            slot.confirmed = max(slot.confirmed ?? 0, end)
            world.oracle.confirmed(end)
        }
    }

    func health() async throws -> SourceHealth {
        try await connect()
        return SourceHealth(head: database.position, retainedBytes: 0, retainedBytesMax: nil)
    }

    func endFeed(_ feed: Feed) async throws {}
    func remove() async throws {}

    func describe(_ tables: [TableName]) async throws -> [TableSchema] {
        SimulatedTable.allCases.filter { tables.contains($0.name) }.map(database.schema)
    }

    func waitForEarlierTransactions() async throws {
        try await connect()
        let next = database.drawID()
        try await life.poll { database.snapshot.oldestRunning >= next }
    }

    /// A few rows at a time, so that much happens between them.
    func lookupPart(_ request: LookupRequest, after: [String]?, rowsMax: Int) async throws -> LookupPart {
        let rows = try await lookup(request).rows.flatMap(\.self)
            .sorted { $0.text(SimulatedTable.idColumn) ?? "" < $1.text(SimulatedTable.idColumn) ?? "" }
            .filter { row in after.map { $0[0] < row.text(SimulatedTable.idColumn) ?? "" } ?? true }
        let part = Array(rows.prefix(min(rowsMax, world.chance.between(1, 4))))
        let next = part.count == rows.count ? nil : part.last.map { [$0.text(SimulatedTable.idColumn) ?? ""] }
        return LookupPart(rows: part, next: next)
    }

    func lookup(_ request: LookupRequest) async throws -> LookupResult {
        try await connect()
        guard !world.isFaulty(.source, oneIn: 10) else {
            throw MillraceError(.sourceUnavailable, "simulated: the look-up's connection broke")
        }
        if world.mutation != .lookupTooEarly {
            let isForgetful = world.mutation == .lookupForgetsEarlier
            let awaited = isForgetful ? request.transactions.suffix(1) : request.transactions[...]
            try await life.poll { awaited.allSatisfy(database.isVisible) }
        }
        let table = try SimulatedTable.of(request.schema.id)
        let rows = database.rows(of: table, seenBy: database.snapshot)
        try await life.pause(world.chance.below(5 * Span.millisecond))
        let answers = request.keys.map { key in
            rows.sorted { $0.key < $1.key }.map(\.value)
                .filter { row in zip(request.parts, key).allSatisfy { row[$0.column] == $1 } }
                .map { Row(schema: request.schema, texts: Array($0.prefix(request.schema.columns.count))) }
        }
        return LookupResult(rows: answers)
    }
}

extension SimulatedTable {
    static func of(_ id: UInt64) throws -> SimulatedTable {
        guard let table = SimulatedTable(rawValue: Int(id) - 100) else {
            throw MillraceError(.invariant, "simulated: there is no such table")
        }
        return table
    }
}

/// Which changes of the stream one life has handed over; two feeds may bring the same ones.
struct DeliveredChanges {
    private(set) var stream: Set<Position> = []
    /// Rows of snapshots by table, overtaken ones included.
    private(set) var rows = 0
    private var open: Set<Feed> = []

    /// Whether no transaction was handed over in part only; nobody knows that of a feed that is cut off at a drain.
    var isWhole: Bool { open.isEmpty && !hasDetached }
    private var hasDetached = false

    mutating func note(_ batch: ChangeBatch, of feed: Feed) {
        switch batch.origin {
        case .stream:
            if feed != .main { hasDetached = true }
            if batch.transactions.last?.isComplete ?? true { open.remove(feed) } else { open.insert(feed) }
            for transaction in batch.transactions {
                for change in batch.changes[transaction.changes] where change.kind != .message {
                    stream.insert(Position(commit: transaction.commit, ordinal: change.ordinal))
                }
            }
        case .snapshot(let origin): rows += batch.changes.count + origin.superseded
        }
    }
}

internal import Change
internal import Connector

/// Turns batches of changes into the writes of one sink: routes, keys and folds. A state machine without I/O.
///
/// Give it a batch with ``start(_:)`` and perform what ``next()`` returns until it returns nil. Writes come in commit
/// order for every sink key; those of a transaction's window come together, once the window is whole.
struct SinkSorter {
    enum Action {
        /// Mappings that a new version of a table brought: prepare them before the writes that follow.
        case prepare([any RowMapping])
        /// Register the tickets, complete and shape the writes, and send them down their lanes.
        case write(SortedWrites)
        /// Wait until every write is settled, delete what is older than the floor, and count the change.
        case truncate(mapping: any RowMapping, number: Int, origin: WriteOrigin)
        /// Perform the order, and give what was read to ``SinkSorter/accept(_:)``.
        case spill(SpillOrder)
    }

    var router: Router
    let epoch: UInt8
    /// Transactions at or below are already applied.
    var appliedThrough: UInt64
    /// By mapping: writes of a lower version were removed by a truncate.
    var floors: [Int: Version]

    var batch = ChangeBatch()
    var transactionIndex = 0
    var changeIndex = 0
    var plansBySchema: [[MappingPlan]?] = []
    /// What the changes of a schema concern beside its own mappings.
    var triggersBySchema: [[MappingPlan]?] = []
    let hasTriggers: Bool
    var window: OpenWindow
    var windowNumber: UInt8 = 0
    /// Whether writes of one key have to fold: not where there can be only one.
    var isFolding = true
    var ticket: Ticket?
    /// The transaction that the ticket is for, and the first of its changes that was not seen: two feeds may overlap.
    var openCommit: UInt64 = 0
    var nextOrdinal: UInt64 = 0
    var nextTransaction = 0
    var nextChunk = 0
    var chunkTickets: [ChunkID: Ticket] = [:]
    var ready: SortedWrites
    var queued: [Action] = []
    var key: [UInt8] = []
    var oldKey: [UInt8] = []

    /// How many writes are gathered from small transactions before they are handed on together.
    static let gatherMax = 1024

    init(
        router: Router, epoch: UInt8, appliedThrough: UInt64, floors: [Int: Version], window: WindowLimits,
        followsLookUps: Bool = true
    ) {
        hasTriggers = router.hasJoins && followsLookUps
        self.router = router
        self.epoch = epoch
        self.appliedThrough = appliedThrough
        self.floors = floors
        self.window = OpenWindow(limits: window)
        ready = SortedWrites(mappings: router.routes.count)
    }

    mutating func start(_ batch: ChangeBatch) {
        self.batch = batch
        if case .stream = batch.origin { window.begin(batch) }
        transactionIndex = 0
        changeIndex = batch.transactions.first?.changes.lowerBound ?? 0
        plansBySchema = Array(repeating: nil, count: batch.schemas.count)
        triggersBySchema = plansBySchema
    }

    /// The next thing to do for the batch, or nil when it is used up.
    ///
    /// - Throws: ``Connector/ConfigurationErrors`` when a mapping does not fit a table's new version.
    mutating func next() throws -> Action? {
        if !queued.isEmpty { return queued.removeFirst() }
        if case .snapshot(let origin) = batch.origin {
            if transactionIndex == 0 { try sortSnapshot(origin) }
            transactionIndex = 1
        } else {
            while transactionIndex < batch.transactions.count, queued.isEmpty, ready.writes.count < Self.gatherMax {
                if window.isClosing {
                    try handOnWindow()
                } else {
                    try sortTransaction(batch.transactions[transactionIndex])
                }
            }
        }
        if queued.isEmpty || !ready.isEmpty { flushReady() }
        return queued.isEmpty ? nil : queued.removeFirst()
    }

    /// How many bytes the open window keeps alive, beside the batch that is being sorted.
    var byteCount: Int { window.byteCount }

    /// Takes what an order to read a spill brought.
    mutating func accept(_ part: SpillPart) throws { try window.accept(part) }

    mutating func flushReady() {
        guard !ready.isEmpty else { return }
        queued.append(.write(ready))
        ready = SortedWrites(mappings: router.routes.count)
    }

    mutating func plans(for schema: Int) throws -> [MappingPlan] {
        if let plans = plansBySchema[schema] { return plans }
        let table = batch.schemas[schema]
        let isNew = !router.isKnown(table)
        let generation = router.generation
        let plans = try router.plans(for: table, isCurrent: batch.origin == .stream)
        if router.generation != generation {
            // Other tables' mappings have been compiled again.
            plansBySchema = Array(repeating: nil, count: plansBySchema.count)
            triggersBySchema = plansBySchema
        }
        plansBySchema[schema] = plans
        if isNew, !plans.isEmpty { prepare(plans) }
        return plans
    }

    mutating func prepare(_ plans: [MappingPlan]) {
        flushReady()
        queued.append(.prepare(plans.map(\.mapping)))
    }
}

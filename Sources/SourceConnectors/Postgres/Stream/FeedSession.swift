internal import Connector
internal import PostgresClient
internal import Threads

/// One connected stream: the walsender's session, the decoder, and a session beside it for the catalog.
///
/// Confined to the feed's thread.
final class FeedSession {
    let replication: ReplicationConnection
    var decoder: PgOutputDecoder
    let walSenderTimeout: Duration
    private let plan: FeedPlan
    private let interrupt: ConnectionInterrupt
    private var catalog: PostgresConnection?

    /// Connects, makes sure that source and slot are those that the positions belong to, and starts the stream.
    @available(*, noasync)
    init(_ plan: FeedPlan, resumingAt end: LSN, control: FeedControl) throws {
        self.plan = plan
        interrupt = control.interrupt
        let session = try PostgresConnection(plan.settings, interrupt: control.interrupt)
        catalog = session
        let server = try ServerFacts.read(session)
        // A detached feed reads a slot of its own; positions belong to the pipeline's.
        let slot = plan.identity.parts["slot"] ?? plan.slot
        try SlotGuard.verify(.postgres(server, slot: slot), against: plan.identity)
        walSenderTimeout = server.walSenderTimeout
        try Self.awaitSlot(plan, server: server, resumingAt: end, on: session, control: control)
        let publications = try PublicationFacts.read(plan.publications, on: session)
        if let main = plan.publications.first, publications[main] == nil {
            throw SlotGuard.missing(publication: main)
        }
        let near = try session.query("SELECT pg_snapshot_xmax(pg_current_snapshot())").scalar.flatMap { UInt64($0) }
        decoder = PgOutputDecoder(nearTransactionID: near ?? 0)
        replication = try ReplicationConnection(plan.settings, interrupt: control.interrupt)
        let system = try replication.identifySystem()
        guard system.systemIdentifier == plan.identity.parts["system"] else {
            throw MillraceError(.sourceChanged, "two connections of the same url reached different servers")
        }
        try replication.startReplication(
            slot: plan.slot, from: end, publications: plan.publications.filter { publications[$0] != nil })
    }

    /// Answers what the decoder asks of the catalog.
    @available(*, noasync)
    func answer(_ request: CatalogRequest) throws {
        do {
            let session = try catalog ?? PostgresConnection(plan.settings, interrupt: interrupt)
            catalog = session
            decoder.supply(try session.answer(request))
        } catch {
            catalog = nil
            throw error
        }
    }

    /// Waits while another process holds the slot, for as long as a walsender that lost its client may live.
    @available(*, noasync)
    private static func awaitSlot(
        _ plan: FeedPlan, server: ServerFacts, resumingAt end: LSN, on session: PostgresConnection,
        control: FeedControl
    ) throws {
        let patience = server.walSenderTimeout > .zero ? server.walSenderTimeout : .seconds(60)
        let deadline = ContinuousClock.now + patience + .seconds(1)
        while true {
            let slot = try SlotFacts.read(plan.slot, on: session)
            try SlotGuard.verify(slot, named: plan.slot, database: server.database, resumingAt: end)
            guard slot?.activeProcess != nil else { return }
            guard ContinuousClock.now < deadline else { throw SlotPatience.inUse(slot, slot: plan.slot) }
            _ = control.wake.wait(forSocket: -1, timeout: .milliseconds(200))
            if control.interrupt.isRaised { throw CancellationError() }
        }
    }
}

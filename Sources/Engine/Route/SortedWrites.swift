internal import Change
internal import Connector

/// Writes in the order they have to reach their lanes, with the tickets and the counts that belong to them.
struct SortedWrites {
    var tickets: [TicketEntry] = []
    private(set) var writes: [PendingWrite] = []
    private(set) var parked: [UnkeyedChange] = []
    /// Whether any write may lack cells that the source left unchanged.
    private(set) var hasUpdates = false
    /// What the ledger learns before any of the writes settles, by mapping number.
    private(set) var counts: [LedgerCounts]

    init(mappings: Int) {
        counts = Array(repeating: LedgerCounts(), count: mappings)
    }

    var isEmpty: Bool { writes.isEmpty && tickets.isEmpty && parked.isEmpty }

    mutating func append(_ write: consuming PendingWrite) {
        addTicket(write.ticket) { $0.added += 1 }
        if write.write.kind == .update { hasUpdates = true }
        writes.append(write)
    }

    mutating func park(_ change: UnkeyedChange) {
        parked.append(change)
        addTicket(change.origin.ticket) { $0.added += 1 }
    }

    /// Changes the entry of a ticket; entries are registered in order, so only the last one is ever changed.
    mutating func addTicket(_ ticket: Ticket, _ change: (inout TicketEntry) -> Void) {
        if tickets.last?.ticket != ticket { tickets.append(TicketEntry(ticket: ticket)) }
        change(&tickets[tickets.count - 1])
    }

    mutating func count(_ mapping: Int, _ change: (inout LedgerCounts) -> Void) {
        change(&counts[mapping])
    }
}

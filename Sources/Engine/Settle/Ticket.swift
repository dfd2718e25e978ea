/// What a write settles: a transaction of the stream or a chunk of a snapshot, numbered in the order of opening.
enum Ticket: Hashable {
    case transaction(Int)
    case chunk(Int)
}

/// What a run of writes means for one ticket; registered before the first of them can settle.
struct TicketEntry {
    var ticket: Ticket
    /// The commit position of a transaction that begins here.
    var opens: UInt64?
    /// The chunk that begins here.
    var opensChunk: ChunkID?
    var added = 0
    /// Where the source resumes after the transaction, which ends here.
    var closesAt: UInt64?
    /// Whether nothing more of the chunk follows.
    var closesChunk = false
}

/// One chunk of one run of a table's snapshot.
struct ChunkID: Hashable {
    var run: Int
    var chunk: Int
}

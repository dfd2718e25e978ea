internal import Change
internal import DequeModule
internal import Connector

/// Which transactions of the stream, and which chunks of snapshots, are settled in one sink.
///
/// Transactions settle in any order; the watermark moves over them in commit order only, so it never passes a write
/// that is still on its way.
struct Settlement {
    private struct OpenTransaction {
        var commit: UInt64
        /// Known once the commit was received.
        var end: UInt64?
        var outstanding: Int
    }

    private struct OpenChunk {
        var id: ChunkID
        var outstanding = 0
        var isWhole = false
    }

    private var transactions: Deque<OpenTransaction> = []
    /// Number of the first open transaction.
    private var firstNumber = 0
    private var chunks: [Int: OpenChunk] = [:]
    /// Everything up to here is settled.
    private(set) var watermark: SourceProgress?
    private var finishedChunks: [ChunkID] = []

    /// How many transactions are open, settled ones behind an unsettled one included.
    var openTransactions: Int { transactions.count }
    var isEmpty: Bool { transactions.isEmpty && chunks.isEmpty }

    /// Registers what a run of writes means for a ticket; always before one of the writes can settle.
    mutating func register(_ entry: TicketEntry) {
        switch entry.ticket {
        case .transaction(let number):
            if let commit = entry.opens {
                precondition(number == firstNumber + transactions.count, "transactions open in order")
                transactions.append(OpenTransaction(commit: commit, end: nil, outstanding: 0))
            }
            transactions[number - firstNumber].outstanding += entry.added
            guard let end = entry.closesAt else { return }
            transactions[number - firstNumber].end = end
            advance()
        case .chunk(let number):
            if let id = entry.opensChunk { chunks[number] = OpenChunk(id: id) }
            chunks[number]?.outstanding += entry.added
            if entry.closesChunk { chunks[number]?.isWhole = true }
            finishIfSettled(chunk: number)
        }
    }

    /// Says that writes of a ticket are settled.
    mutating func settle(_ count: Int, of ticket: Ticket) {
        switch ticket {
        case .transaction(let number):
            let index = number - firstNumber
            transactions[index].outstanding -= count
            precondition(transactions[index].outstanding >= 0, "a write settles once")
            if index == 0 { advance() }
        case .chunk(let number):
            chunks[number]?.outstanding -= count
            finishIfSettled(chunk: number)
        }
    }

    /// The chunks that have settled since the last call.
    mutating func takeFinishedChunks() -> [ChunkID] {
        defer { finishedChunks = [] }
        return finishedChunks
    }

    private mutating func advance() {
        while let first = transactions.first, first.outstanding == 0, let end = first.end {
            watermark = SourceProgress(commit: first.commit, end: end)
            transactions.removeFirst()
            firstNumber += 1
        }
    }

    private mutating func finishIfSettled(chunk number: Int) {
        guard let chunk = chunks[number], chunk.isWhole, chunk.outstanding == 0 else { return }
        chunks[number] = nil
        finishedChunks.append(chunk.id)
    }
}

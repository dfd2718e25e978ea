internal import Change
internal import Connector
internal import Wire

/// The rows of snapshots and audits.
extension SinkSorter {
    mutating func sortSnapshot(_ snapshot: SnapshotOrigin) throws {
        let id = ChunkID(run: snapshot.run, chunk: snapshot.chunk)
        let ticket = chunkTickets[id] ?? openChunk(id)
        let version = Version(epoch: epoch, commit: snapshot.commit, window: 0)
        if snapshot.isAudit { return try sortAudit(snapshot, ticket, version) }
        let wasFolding = isFolding
        isFolding = false
        defer { isFolding = wasFolding }
        var schema: UInt32?
        var takers: [MappingPlan] = []
        for change in batch.changes {
            if change.schema != schema {
                schema = change.schema
                takers = try plans(for: Int(change.schema)).filter(\.mapping.takesSnapshot)
            }
            let origin = WriteOrigin(
                version: version, position: Position(commit: snapshot.commit, ordinal: change.ordinal), committedAt: 0,
                transaction: 0, ticket: ticket, isReread: snapshot.isReread)
            for plan in takers {
                ready.count(plan.number) { $0.received += 1 }
                sortRow(change, plan, origin)
            }
        }
        if snapshot.superseded > 0 {
            let left = UInt64(snapshot.superseded)
            for number in router.loadedRoutes(of: snapshot.table) {
                ready.count(number) {
                    $0.received += left
                    $0.superseded += left
                }
            }
        }
        closeChunkIfWhole(snapshot, ticket)
    }

    /// Rows that are compared in their lanes, behind every change of theirs that came before. The ledger does not count
    /// them. A row without a sink key has no place in the sink, and nothing to compare.
    private mutating func sortAudit(_ snapshot: SnapshotOrigin, _ ticket: Ticket, _ version: Version) throws {
        for change in batch.changes {
            for plan in try plans(for: Int(change.schema)) where plan.mapping.takesSnapshot {
                guard let row = change.hasNewRow ? batch.newRow(change) : batch.oldRow(change) else { continue }
                key.removeAll(keepingCapacity: true)
                do { try plan.appendKey(of: row, to: &key) } catch { continue }
                ready.append(
                    PendingWrite(
                        write: SinkWrite(
                            mapping: plan.mapping, action: change.hasNewRow ? .upsert : .delete, row: row,
                            version: version, position: Position(commit: snapshot.commit, ordinal: change.ordinal),
                            kind: .read, committedAt: 0, transaction: 0),
                        plan: plan, ticket: ticket, changes: 0, keyHash: Hash64.of(key.span), auditRun: snapshot.run))
            }
        }
        closeChunkIfWhole(snapshot, ticket)
    }

    private mutating func closeChunkIfWhole(_ snapshot: SnapshotOrigin, _ ticket: Ticket) {
        guard snapshot.isLastOfChunk else { return }
        chunkTickets[ChunkID(run: snapshot.run, chunk: snapshot.chunk)] = nil
        ready.addTicket(ticket) { $0.closesChunk = true }
    }

    private mutating func openChunk(_ id: ChunkID) -> Ticket {
        let ticket = Ticket.chunk(nextChunk)
        nextChunk += 1
        chunkTickets[id] = ticket
        ready.tickets.append(TicketEntry(ticket: ticket, opensChunk: id))
        return ticket
    }
}

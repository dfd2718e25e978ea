internal import Change
internal import Connector
internal import Logging
internal import Wire

/// Sets changes aside with their whole envelope; they are durable when a call returns. A disk that takes nothing holds
/// the sink up until it does.
struct Parking: Sendable {
    let store: any CheckpointStore
    let clock: any EngineClock
    let logger: Logger

    func park(_ writes: [(PendingWrite, String)], sink: String, at now: Int64) async throws {
        try await save(
            writes.map { pending, reason in
                Self.parked(
                    row: pending.write.row, kind: pending.write.kind, version: pending.write.version,
                    position: pending.write.position, plan: pending.plan, reason: reason, sink: sink, at: now)
            })
    }

    func park(_ changes: [UnkeyedChange], sink: String, at now: Int64) async throws {
        try await save(
            changes.map { change in
                Self.parked(
                    row: change.row, kind: change.kind, version: change.origin.version,
                    position: change.origin.position, plan: change.plan, reason: change.reason, sink: sink, at: now)
            })
    }

    private func save(_ changes: [ParkedChange]) async throws {
        try await persistently("setting changes aside", clock: clock, logger: logger) {
            try await clock.perform("millrace-park") { try store.park(changes) }
        }
    }

    private static func parked(
        row: Row?, kind: ChangeKind, version: Version, position: Position, plan: MappingPlan, reason: String,
        sink: String, at now: Int64
    ) -> ParkedChange {
        let schema = row?.schema ?? plan.mapping.request.schema
        let key =
            schema.primaryKey.isEmpty
            ? schema.columns.indices.filter { schema.columns[$0].isIdentity } : schema.primaryKey
        return ParkedChange(
            sink: sink, mapping: plan.mapping.request.name, table: schema.table, reason: reason, version: version,
            position: position, kind: kind, keyJSON: json(row, columns: key),
            envelopeJSON: json(row, columns: Array(schema.columns.indices)), parkedAt: now)
    }

    /// The cells as texts: exactly what the source sent, so that nothing a sink could not take is lost here. Missing and
    /// unchanged cells are left out.
    private static func json(_ row: Row?, columns: [Int]) -> String {
        guard let row else { return "{}" }
        var text: [UInt8] = [UInt8(ascii: "{")]
        for column in columns where row.state(column) != .unchanged && row.state(column) != .missing {
            if text.count > 1 { text.append(UInt8(ascii: ",")) }
            text.append(jsonString: row.schema.columns[column].name)
            text.append(UInt8(ascii: ":"))
            if row.state(column) == .null {
                text.append(literal: "null")
            } else if case .bson = row.schema.types[column] {
                text.append(jsonString: row.text(column) ?? "")
            } else {
                text.append(jsonString: row.bytes(column))
            }
        }
        text.append(UInt8(ascii: "}"))
        return String(decoding: text, as: UTF8.self)
    }
}

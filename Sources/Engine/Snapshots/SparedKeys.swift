internal import Change
internal import Connector
internal import Foundation
internal import Wire

/// The sink keys of rows that the source has and whose changes are parked: the sink may hold them as they were before,
/// and a sweep leaves them to whoever replays or discards the changes.
///
/// Takes eight bytes for each parked change. Keys are told apart by their hashes, so that a sweep may spare one too many.
struct SparedKeys {
    private static let pageSize = 500
    private var hashes: Set<UInt64> = []

    /// - Parameter version: only changes of this version and later count; earlier ones are overtaken.
    init(
        of plan: MappingPlan, table: TableName, in sink: String, since version: Version, store: any ParkedChangeStore
    ) throws {
        var selection = ParkedSelection(sink: sink, table: table, limit: Self.pageSize)
        while true {
            let records = try store.parkedChanges(selection)
            for record in records where record.change.mapping == plan.mapping.request.name {
                guard record.change.version >= version, record.change.kind != .delete else { continue }
                if let key = Self.key(of: record.change, plan) { hashes.insert(Hash64.of(key.span)) }
            }
            guard records.count == Self.pageSize, let last = records.last else { return }
            selection.after = last.number
        }
    }

    func contains(_ key: [UInt8]) -> Bool { !hashes.isEmpty && hashes.contains(Hash64.of(key.span)) }

    /// The sink key of the row in an envelope; nil where it has none, and so nothing stands in the sink for it.
    private static func key(of change: ParkedChange, _ plan: MappingPlan) -> [UInt8]? {
        guard let cells = try? JSONDecoder().decode([String: String?].self, from: Data(change.envelopeJSON.utf8)) else {
            return nil
        }
        let request = plan.mapping.request
        let schema = request.shaping?.sourceSchema ?? request.schema
        var builder = RowBuilder()
        for column in schema.columns {
            switch cells[column.name] {
            case .some(.some(let text)): builder.append(text)
            case .some(.none): builder.appendNull()
            case .none: builder.appendUnchanged()
            }
        }
        var key: [UInt8] = []
        return (try? plan.appendKey(of: builder.row(schema: schema), to: &key)).map { key }
    }
}

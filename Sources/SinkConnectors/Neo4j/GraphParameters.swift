internal import BoltCodec

/// Packs what a statement takes; see ``GraphStatements``.
enum GraphParameters {
    /// The parameters `rows` and `now`, and for relationships `ids`.
    static func packed(
        _ rows: [(id: [UInt8], row: PackStreamWriter)], of form: GraphForm, now: Int64
    ) -> PackStreamWriter {
        var writer = PackStreamWriter(reserving: rows.reduce(64) { $0 + $1.row.bytes.count + 2 * $1.id.count })
        if case .relationship = form {
            writer.beginMap(3)
            writer.append("ids")
            writer.beginList(rows.count)
            for (id, _) in rows { writer.append(text: id.span) }
            writer.append("rows")
            writer.beginMap(rows.count)
            for (id, row) in rows {
                writer.append(text: id.span)
                writer.append(row)
            }
        } else {
            writer.beginMap(2)
            writer.append("rows")
            writer.beginList(rows.count)
            for (_, row) in rows { writer.append(row) }
        }
        writer.append("now")
        writer.append(now)
        return writer
    }
}

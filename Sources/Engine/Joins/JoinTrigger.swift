internal import Change
internal import Connector
internal import Wire

/// A look-up seen from the table that it reads: which changes there concern rows of the mapping, and which rows.
final class JoinTrigger: Sendable {
    /// The mapping of the rows that are concerned.
    let plan: MappingPlan
    let lookup: JoinLookup

    init(plan: MappingPlan, lookup: JoinLookup) {
        self.plan = plan
        self.lookup = lookup
    }

    /// Whose dependents a change concerns.
    struct Concern {
        /// As the row was.
        var old = false
        /// As the row is.
        var new = false
        /// Nobody can tell whose.
        var all = false
    }

    /// What an update concerns, as far as the source tells what it changed.
    ///
    /// The identity carries the columns of the pairs, so that a source which gives no old row says that they are what they
    /// were.
    func concern(old: Row?, _ kind: OldRow, new: Row) -> Concern {
        if lookup.pairs.contains(where: { new.state($0.other) == .unchanged }) { return Concern(all: true) }
        guard let old else { return Concern(new: mayChangeTaken(old: nil, new)) }
        let isMoved = lookup.pairs.contains { differs($0.other, old, new) }
        return Concern(old: isMoved, new: isMoved || mayChangeTaken(old: kind == .full ? old : nil, new))
    }

    private func mayChangeTaken(old: Row?, _ new: Row) -> Bool {
        guard case .take(let columns) = lookup.gain else { return false }
        return columns.contains { column in
            if let old { differs(column, old, new) } else { new.state(column) != .unchanged }
        }
    }

    private func differs(_ column: Int, _ old: Row, _ new: Row) -> Bool {
        if new.state(column) == .unchanged { return false }
        return old.state(column) != new.state(column) || !old.bytes(column).isEqual(to: new.bytes(column))
    }

    /// Appends what changes fold by which concern the same rows.
    ///
    /// - Returns: false where no row depends on the other one.
    func appendKey(of other: Row, to key: inout [UInt8]) -> Bool {
        if Self.meansAll(other) { return true }
        guard let parts = lookup.ownKey(of: other) else { return false }
        for part in parts {
            key.append(decimal: part.utf8.count)
            key.append(UInt8(ascii: ":"))
            key.append(part)
        }
        return true
    }

    // MARK: All rows

    /// The row that stands for every row of the other table: nothing of it is known.
    var anyRow: Row {
        var builder = RowBuilder()
        for _ in lookup.other.columns { builder.appendUnchanged() }
        return builder.row(schema: lookup.other)
    }

    static func meansAll(_ other: Row) -> Bool {
        (0..<other.count).allSatisfy { other.state($0) == .unchanged }
    }
}

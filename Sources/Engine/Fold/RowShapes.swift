internal import Change

/// Numbers the shapes of the rows in one window: one for each mapping and version of its table.
struct RowShapes {
    private(set) var shapes: [RowShape] = []
    /// The shape that was used last, by mapping.
    private var latest: [UInt32] = []
    private static let none = UInt32.max

    subscript(_ number: UInt32) -> RowShape { shapes[Int(number)] }

    mutating func number(of plan: MappingPlan, _ schema: TableSchema) -> UInt32 {
        while latest.count <= plan.number { latest.append(Self.none) }
        let known = latest[plan.number]
        if known != Self.none, shapes[Int(known)].schema === schema, shapes[Int(known)].plan === plan { return known }
        let found = shapes.firstIndex { $0.plan === plan && $0.schema.fingerprint == schema.fingerprint }
        let number = UInt32(found ?? shapes.count)
        if found == nil { shapes.append(RowShape(plan: plan, schema: schema)) }
        latest[plan.number] = number
        return number
    }

    mutating func removeAll() {
        shapes.removeAll(keepingCapacity: true)
        latest.removeAll(keepingCapacity: true)
    }
}

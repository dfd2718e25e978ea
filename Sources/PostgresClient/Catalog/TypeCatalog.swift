public import Change

/// What the type OIDs of one database mean: the built-in ones by themselves, all others as they are added.
public struct TypeCatalog: Sendable {
    private var added: [UInt32: PostgresType] = [:]

    public init() {}

    /// Adds types, or replaces what was known of them.
    public mutating func add(_ types: some Sequence<PostgresType>) {
        for type in types { added[type.oid] = type }
    }

    /// Notes that the database has no such type any more: its cells are carried as text.
    public mutating func addUnknown(_ oid: UInt32) {
        // What format_type writes for a type that is gone.
        added[oid] = PostgresType(oid: oid, name: "???", kind: .base(.other))
    }

    /// Forgets a type that may have changed; it has to be added again.
    public mutating func forget(_ oid: UInt32) {
        added[oid] = nil
    }

    /// Whether the type's meaning is known.
    public func knows(_ oid: UInt32) -> Bool { type(oid) != nil }

    /// What a column of this type and modifier means. A domain means what it is made of.
    public func meaning(of oid: UInt32, modifier: Int32) -> DataType {
        meaning(of: oid, modifier: modifier, depth: 0)
    }

    /// The type as `format_type` writes it. Modifiers of types that extensions bring are left out: only their own
    /// functions can read them.
    public func sourceType(of oid: UInt32, modifier: Int32) -> String {
        guard let type = type(oid) else { return "???" }
        if case .array(let element) = type.kind, modifier >= 0 {
            return sourceType(of: element, modifier: modifier) + "[]"
        }
        return TypeModifier.name(of: oid, named: type.name, modifier: modifier)
    }

    private func type(_ oid: UInt32) -> PostgresType? {
        BuiltinTypes.all[oid] ?? added[oid]
    }

    /// Types nest a few levels at most; the bound is for a catalog that was read half-changed.
    private func meaning(of oid: UInt32, modifier: Int32, depth: Int) -> DataType {
        guard depth < 32, let type = type(oid) else { return .other }
        func inner(_ oid: UInt32, _ modifier: Int32 = -1) -> DataType {
            meaning(of: oid, modifier: modifier, depth: depth + 1)
        }
        switch type.kind {
        case .base(.decimal): return TypeModifier.decimal(modifier: modifier)
        case .base(let meaning): return meaning
        case .array(let element): return .array(of: inner(element, modifier))
        case .domain(let base, let modifier): return inner(base, modifier)
        case .enumeration(let labels): return .enumeration(labels: labels)
        case .composite(let fields):
            return .composite(fields: fields.map { .init(name: $0.name, type: inner($0.type, $0.modifier)) })
        case .range(let subtype): return .range(of: inner(subtype))
        case .multirange(let subtype): return .multirange(of: inner(subtype))
        }
    }
}

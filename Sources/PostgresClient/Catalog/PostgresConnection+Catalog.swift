internal import Change

extension PostgresConnection {
    /// Looks up what the decoder asks for.
    ///
    /// The catalog answers as it is now, which can be later than the message that led to the request: a key column
    /// that was renamed since is not found under its old name.
    @available(*, noasync)
    public func answer(_ request: CatalogRequest) throws(PostgresError) -> CatalogAnswer {
        CatalogAnswer(
            request: request, facts: try relationFacts(of: request.relation), types: try types(request.types))
    }

    /// The key and identity of a table.
    @available(*, noasync)
    public func relationFacts(of relation: UInt32) throws(PostgresError) -> RelationFacts {
        let result = try query(CatalogQueries.relationFacts, [String(relation)])
        return RelationFacts(
            primaryKey: result.rows.compactMap { $0[0] },
            identityIndex: result.rows.first.flatMap { $0[1] })
    }

    /// Describes types and every type they are made of. Types that do not exist are left out.
    @available(*, noasync)
    public func types(_ oids: some Collection<UInt32>) throws(PostgresError) -> [PostgresType] {
        guard !oids.isEmpty else { return [] }
        let list = "{" + oids.map(String.init).joined(separator: ",") + "}"
        let result = try query(CatalogQueries.types, [list])
        var types: [PostgresType] = []
        for row in result.rows {
            guard let record = TypeRecord(row) else {
                throw .protocolViolation("the type catalog answered in a form that this version does not know")
            }
            if types.last?.oid == record.oid, let last = types.popLast() {
                types.append(record.extending(last))
            } else {
                types.append(record.type)
            }
        }
        return types
    }
}

/// One row of ``CatalogQueries/types``: a type, with one of its labels or fields.
private struct TypeRecord {
    var oid: UInt32
    var type: PostgresType
    private var label: String?
    private var field: PostgresType.Field?

    init?(_ row: [String?]) {
        guard row.count == 11, let oid = row[0].flatMap({ UInt32($0) }), let name = row[1], let form = row[2],
            let category = row[3], let base = row[4].flatMap({ UInt32($0) }),
            let modifier = row[5].flatMap({ Int32($0) }),
            let element = row[6].flatMap({ UInt32($0) }), let subtype = row[7].flatMap({ UInt32($0) })
        else { return nil }
        self.oid = oid
        label = row[8]
        if let label, let type = row[9].flatMap({ UInt32($0) }), let modifier = row[10].flatMap({ Int32($0) }) {
            field = PostgresType.Field(name: label, type: type, modifier: modifier)
        }
        let kind: PostgresType.Kind =
            switch form {
            case "e": .enumeration(labels: label.map { [$0] } ?? [])
            case "c": .composite(field.map { [$0] } ?? [])
            case "d": .domain(of: base, modifier: modifier)
            case "r": .range(of: subtype)
            case "m": .multirange(of: subtype)
            case "b" where element != 0: .array(element: element)
            default: .base(category == "S" ? .text : .other)
            }
        type = PostgresType(oid: oid, name: name, kind: kind)
    }

    /// The type that earlier rows began, with this row's label or field at its end.
    func extending(_ type: PostgresType) -> PostgresType {
        var type = type
        switch type.kind {
        case .enumeration(let labels): type.kind = .enumeration(labels: labels + (label.map { [$0] } ?? []))
        case .composite(let fields): type.kind = .composite(fields + (field.map { [$0] } ?? []))
        case .base, .array, .domain, .range, .multirange: break
        }
        return type
    }
}

internal import Change
internal import Wire

extension PgOutputDecoder {
    /// A Type message announces that a Relation message with a type of the user's follows. The type may have changed
    /// since it was looked up: an enumeration may have a new label.
    mutating func readType(_ message: Span<UInt8>) throws {
        var reader = ByteReader(message, from: 1)
        let oid = try reader.readUInt32()
        _ = try reader.skipCString()
        _ = try reader.skipCString()
        try requireEnd(of: message, at: reader.offset)
        catalog.forget(oid)
    }

    mutating func readRelation(_ message: Span<UInt8>) throws -> Outcome {
        let description = try RelationDescription(message)
        let types = description.columns.map(\.type)
        let unknown = Set(types.filter { !catalog.knows($0) })
        let known = relations.place(of: description.oid)
        if unknown.isEmpty, let known, isUnchanged(description, at: known) { return .decoded }
        guard unknown.isEmpty, let facts = facts[description.oid] else {
            return .needs(CatalogRequest(relation: description.oid, types: unknown.sorted()))
        }
        self.facts[description.oid] = nil
        let schema = description.schema(catalog, facts)
        if let known, relations[place: known].schema.fingerprint == schema.fingerprint { return .decoded }
        useCount += 1
        relations.set(
            DecodedRelation(schema: schema, lastUse: useCount), for: description.oid, max: Self.relationsMax)
        return .decoded
    }

    /// Whether the message says what is known already, and all that is known can be seen in it: the identity is the
    /// primary key. With any other identity the primary key may have changed without a trace in the message.
    private func isUnchanged(_ description: RelationDescription, at place: Int) -> Bool {
        guard description.identity == UInt8(ascii: "d"), facts[description.oid] == nil else { return false }
        let known = relations[place: place].schema
        let facts = RelationFacts(primaryKey: known.primaryKey.map { known.columns[$0].name })
        return description.schema(catalog, facts).fingerprint == known.fingerprint
    }
}

/// The tables of one stream, found by OID. Consecutive changes are mostly of one table, so the last one found is kept.
struct RelationTable {
    private var places: [UInt32: Int] = [:]
    private var entries: [DecodedRelation] = []
    private var last: (oid: UInt32, place: Int) = (0, -1)

    var count: Int { entries.count }

    subscript(place place: Int) -> DecodedRelation {
        _read { yield entries[place] }
        _modify { yield &entries[place] }
    }

    /// The place of a table, valid until the next ``set(_:for:max:)``.
    mutating func place(of oid: UInt32) -> Int? {
        if last.place >= 0, last.oid == oid { return last.place }
        guard let place = places[oid] else { return nil }
        last = (oid, place)
        return place
    }

    /// Adds or replaces a table; when there are too many, the one used longest ago makes room.
    mutating func set(_ relation: DecodedRelation, for oid: UInt32, max: Int) {
        if let place = places[oid] {
            entries[place] = relation
            return
        }
        if entries.count >= max, let oldest = places.min(by: { entries[$0.value].lastUse < entries[$1.value].lastUse })
        {
            places[oldest.key] = nil
            places[oid] = oldest.value
            entries[oldest.value] = relation
        } else {
            places[oid] = entries.count
            entries.append(relation)
        }
        last.place = -1
    }
}

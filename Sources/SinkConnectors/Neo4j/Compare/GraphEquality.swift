internal import BoltCodec

/// Tells whether two values of properties are one: of one type, and the same to the last bit.
struct GraphEquality {
    /// Whether the server keeps the zone of a time; ArcadeDB does not, and gives back what the clock showed.
    var keepsZones: Bool

    init(_ session: BoltSession) {
        keepsZones = !session.server.contains("ArcadeDB")
    }

    func isSame(_ expected: PackStreamValue, _ found: PackStreamValue) -> Bool {
        switch (expected, found) {
        case (.null, .null): true
        case (.boolean(let one), .boolean(let other)): one == other
        case (.integer(let one), .integer(let other)): one == other
        case (.float(let one), .float(let other)): one.bitPattern == other.bitPattern || one.isNaN && other.isNaN
        case (.bytes(let one), .bytes(let other)): one == other
        // Of strings `==` would take for one what only looks the same.
        case (.text(let one), .text(let other)): one.utf8.elementsEqual(other.utf8)
        case (.list(let one), .list(let other)): areSame(one, other)
        case (.structure, .structure): isSame(structure: expected, found)
        default: false
        }
    }

    private func areSame(_ expected: [PackStreamValue], _ found: [PackStreamValue]) -> Bool {
        expected.count == found.count && zip(expected, found).allSatisfy { isSame($0, $1) }
    }

    private func isSame(structure expected: PackStreamValue, _ found: PackStreamValue) -> Bool {
        guard case .structure(let tag, let fields) = counted(expected),
            case .structure(let otherTag, let otherFields) = counted(found)
        else { return false }
        return tag == otherTag && areSame(fields, otherFields)
    }

    /// A time with an offset as one that is counted in UTC, whichever way the connection has.
    private func counted(_ value: PackStreamValue) -> PackStreamValue {
        guard case .structure(let tag, let fields) = value, tag == 0x46 || tag == 0x49, fields.count == 3,
            let seconds = fields[0].integer, let offset = fields[2].integer
        else { return value }
        if !keepsZones, tag == 0x49, offset == 0 { return .structure(tag: 0x64, fields: [fields[0], fields[1]]) }
        return tag == 0x49
            ? value : .structure(tag: 0x49, fields: [.integer(seconds &- offset), fields[1], fields[2]])
    }
}

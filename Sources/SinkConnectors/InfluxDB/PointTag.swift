/// One tag of a mapping's points, in the order of the tags' names.
struct PointTag: Sendable {
    enum Source: Sendable, Hashable {
        case constant([UInt8])
        /// Index into the mapping's schema.
        case column(Int)
        /// What kind of change an event is.
        case kind
        /// What sets the events of one instant apart.
        case sequence
    }

    var name: String
    var source: Source
    /// A comma, the name as it stands in a line, and an equals sign.
    var lineName: [UInt8]

    init(name: String, source: Source) {
        self.name = name
        self.source = source
        lineName = [UInt8(ascii: ",")] + LineText.name(name) + [UInt8(ascii: "=")]
    }

    var column: Int? {
        if case .column(let index) = source { index } else { nil }
    }
}

internal import Change
internal import Wire

extension RedisForm.ArraySetForm {
    /// The members: the texts of the elements, nulls left out. A value that is no array is one member, and a field that
    /// is null or missing has none.
    func members(of row: borrowing Row) throws(RedisRowProblem) -> [[UInt8]] {
        guard let column = members.index else { return [] }
        switch row.state(column) {
        case .null, .missing: return []
        case .unchanged: throw .unknown(column: members.name)
        case .value: break
        }
        do throws(WireError) {
            let cell = row.bytes(column)
            let start = try BSONPlace(element: cell)
            let places = start.type == .array ? try start.elements(in: cell) : [start]
            var texts: [[UInt8]] = []
            for place in places where place.type != .null {
                var text: [UInt8] = []
                try CellText.append(place.value(in: cell), bytes: bytes, to: &text)
                texts.append(text)
            }
            return texts
        } catch {
            throw .malformed(column: members.name)
        }
    }
}

internal import Randomness

/// Random documents whose fields hold values of every type, or are not there.
public struct RandomDocuments: Sendable {
    private var numbers: SeededNumbers

    public init(seed: UInt64) {
        numbers = SeededNumbers(seed: seed)
    }

    /// A document with this id and some of these fields.
    public mutating func document(_ id: Int, fields: [String]) -> BSONSample {
        var members: [(String, BSONSample)] = [("_id", .int32(Int32(id)))]
        for field in fields where Int.random(in: 0..<6, using: &numbers) > 0 {
            members.append((field, value(depth: 2)))
        }
        return .document(members)
    }

    /// A value of any type.
    public mutating func value(depth: Int) -> BSONSample {
        switch Int.random(in: 0..<(depth > 0 ? 12 : 10), using: &numbers) {
        case 0: return .null
        case 1: return pick([.int32(.min), .int32(7), .int64(.max), .int64(9_007_199_254_740_993)])
        case 2:
            return pick([.double(0.1), .double(-0.0), .double(1e300), .double(.nan), .double(-.infinity), .double(3)])
        case 3: return pick([.decimal("1.10"), .decimal("1E+400"), .decimal("NaN"), .decimal("-0.000")])
        case 4: return pick(["", "plain", "é \"x\"\n\\", "🦀", "null", "7"].map { .string($0) })
        case 5: return pick([.binary(0, [0, 255, 13]), .binary(4, Array(0..<16)), .binary(128, [])])
        case 6: return pick([.date(0), .date(1_767_323_045_600), .date(.max), .date(.min), .date(-1)])
        case 7: return pick([.objectID("507f1f77bcf86cd799439011"), .boolean(true), .boolean(false), .undefined])
        case 8: return pick([.minKey, .maxKey, .timestamp(5, 1), .regex("a.b", "i"), .code("f()"), .symbol("s")])
        case 9: return pick([.array([]), .document([])])
        case 10:
            return .array((0..<Int.random(in: 1...4, using: &numbers)).map { _ in value(depth: depth - 1) })
        default:
            let names = ["a", "b c", "é", "$d", "0"].prefix(Int.random(in: 1...5, using: &numbers))
            return .document(names.map { ($0, value(depth: depth - 1)) })
        }
    }

    private mutating func pick(_ values: [BSONSample]) -> BSONSample {
        values[Int.random(in: values.indices, using: &numbers)]
    }
}

internal import Change
internal import Wire

/// Functions that make one value of an array. A value that is no array counts as an array of it alone, null and missing
/// as one of nothing; nulls among the elements are passed over.
enum Reduction: String, Sendable, CaseIterable {
    /// Null where there is nothing; of different kinds, the first or last in the server's order.
    case min
    case max
    /// Null where there is nothing, or something that is no number.
    case sum
    case count
    /// Whether any or every element is true; `any` of nothing is false, `all` of nothing true.
    case any
    case all
    /// Whether an element equals the second argument.
    case contains
    /// The elements of the elements: arrays within an array become one.
    case flatten

    func value(of operands: [Program], _ row: Row) throws(EvaluationError) -> Scalar {
        let operand = try operands[0].evaluate(row)
        if self == .flatten { return try Self.flattened(operand) }
        let elements = try Self.elements(of: operand).filter { !$0.isNull }
        switch self {
        case .min: return Self.extreme(elements) { $0 < 0 }
        case .max: return Self.extreme(elements) { $0 > 0 }
        case .sum: return try Self.sum(elements)
        case .count: return .number(ExactNumber(elements.count))
        case .any: return .boolean(elements.contains { $0.truth == true })
        case .all: return .boolean(elements.allSatisfy { $0.truth == true })
        case .contains:
            let wanted = try operands[1].evaluate(row)
            guard !wanted.isNull else { return .null }
            return .boolean(elements.contains { Scalar.order($0, wanted, readsText: true) == 0 })
        case .flatten: return operand
        }
    }

    private static func elements(of value: Scalar) throws(EvaluationError) -> [Scalar] {
        guard case .bson(let copy) = value, copy.type == .array else { return value.isNull ? [] : [value] }
        do throws(WireError) {
            var elements: [Scalar] = []
            var cursor = try BSONDocument(copy.bytes.span).elements
            while try cursor.advance() { elements.append(try Scalar(cursor.value)) }
            return elements
        } catch {
            throw .malformed(column: "array")
        }
    }

    private static func extreme(_ elements: [Scalar], _ isBetter: (Int) -> Bool) -> Scalar {
        var best: Scalar?
        for element in elements {
            if let known = best, !isBetter(Scalar.compare(element, known)) { continue }
            best = element
        }
        return best ?? .null
    }

    private static func sum(_ elements: [Scalar]) throws(EvaluationError) -> Scalar {
        var sum: Scalar = .null
        for element in elements {
            switch (sum, element) {
            case (.null, .number), (.null, .double): sum = element
            case (.number(let a), .number(let b)): sum = .number(try ExactNumber.add(a, b))
            case (.double(let a), .double(let b)): sum = .double(a + b)
            case (.double(let a), .number(let b)): sum = .double(a + b.double)
            case (.number(let a), .double(let b)): sum = .double(a.double + b)
            default: return .null
            }
        }
        return sum
    }

    private static func flattened(_ value: Scalar) throws(EvaluationError) -> Scalar {
        guard case .bson(let copy) = value, copy.type == .array else { return value }
        do throws(WireError) {
            var array: [UInt8] = []
            let start = array.beginBSON()
            var count = 0
            let bytes = copy.bytes.span
            for place in try BSONPlace(value: BSONValue(type: .array, bytes: bytes)).elements(in: bytes) {
                for inner in place.type == .array ? try place.elements(in: bytes) : [place] {
                    array.append(bsonHead: inner.type, index: count)
                    array.append(bytes.extracting(inner.range))
                    count += 1
                }
            }
            array.endBSON(from: start)
            return .bson(BSONCopy(type: .array, bytes: array))
        } catch {
            throw .malformed(column: "array")
        }
    }
}

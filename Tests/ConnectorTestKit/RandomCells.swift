internal import Randomness
public import Change

/// Random cells of every type, as PostgreSQL writes them: edges of each type come often.
public struct RandomCells: Sendable {
    private var numbers: SeededNumbers

    public init(seed: UInt64) {
        numbers = SeededNumbers(seed: seed)
    }

    /// One type of each kind, and the structured ones of several.
    public static let types: [DataType] = [
        .boolean, .int16, .int32, .int64, .uint32, .uint64, .float32, .float64, .decimal(precision: nil, scale: nil),
        .decimal(precision: 10, scale: 2), .decimal(precision: 38, scale: 10), .money, .text, .bytes, .date, .time,
        .timeWithZone, .timestamp, .timestampWithZone, .interval, .uuid, .json, .bits, .network,
        .enumeration(labels: ["one", "two words", "drei"]), .array(of: .text), .array(of: .int64), .array(of: .float64),
        .array(of: .timestampWithZone),
        .composite(fields: [.init(name: "street", type: .text), .init(name: "no", type: .int32)]),
        .range(of: .int32), .range(of: .decimal(precision: nil, scale: nil)), .multirange(of: .int32), .other,
    ]

    /// The text of one cell, nil for null now and then.
    public mutating func cell(of type: DataType) -> String? {
        chance(8) ? nil : text(of: type)
    }

    /// The text of a value of a type.
    public mutating func text(of type: DataType) -> String {
        switch type {
        case .boolean: pick(["t", "f"])
        case .int16: "\(pick([Int16.min, .max, 0, -1, number(in: -300...300)]))"
        case .int32, .uint32: "\(pick([Int32.max, 0, 1, number(in: 0...100_000)]))"
        case .int64: "\(pick([Int64.min, .max, 0, -1, 9_007_199_254_740_993, number(in: -1_000_000...1_000_000)]))"
        case .uint64: "\(pick([UInt64.max, 0, 1, UInt64(1) << 53 + 1]))"
        case .float32:
            pick([
                "0", "-0", "1.5", "3.4028235e+38", "1e-45", "NaN", "Infinity", "-Infinity",
                "\(Float(number(in: 0...9999) as Int) / 8)",
            ])
        case .float64:
            pick([
                "0", "-0", "0.1", "1.7976931348623157e+308", "5e-324", "NaN", "Infinity", "-Infinity", "1e+22",
                "123456.789",
                "\(Double(number(in: -99_999...99_999) as Int) / 16)",
            ])
        case .decimal(let precision, let scale): decimal(precision, scale)
        case .money: pick(["$0.00", "-$1,234.50", "$92,233,720,368,547,758.07", "$\(number(in: 1...999) as Int).05"])
        case .text, .other: word()
        case .bytes: "\\x" + (0..<(number(in: 0...12) as Int)).map { _ in hex(2) }.joined()
        case .date: pick(["infinity", "-infinity", "0044-03-15 BC", "20240-01-01", "1500-02-28", day()])
        case .time: pick(["00:00:00", "24:00:00", "23:59:59.999999", clock()])
        case .timeWithZone: "\(clock())\(pick(["+00", "-15:59", "+05:30", "+01"]))"
        case .timestamp:
            pick(["infinity", "-infinity", "0044-03-15 12:00:00 BC", "\(day()) \(clock())", "\(day()) 00:00:00"])
        case .timestampWithZone:
            pick(["infinity", "-infinity", "\(day()) \(clock())+00", "9999-12-31 23:59:59.999999+00"])
        case .interval: pick(["PT0S", "P1Y2M3DT4H5M6.7S", "P-1Y-2M-3DT-4H", "P14D", "PT0.000001S"])
        case .uuid: "\(hex(8))-\(hex(4))-\(hex(4))-\(hex(4))-\(hex(12))"
        case .json: json(depth: 3)
        case .bits: (0..<(number(in: 1...20) as Int)).map { _ in pick(["0", "1"]) }.joined()
        case .network: pick(["192.168.0.7", "10.0.0.0/8", "2001:db8::1", "08:00:2b:01:02:03"])
        case .enumeration(let labels): pick(labels)
        case .array(let element): array(of: element)
        case .composite(let fields):
            "(" + fields.map { cell(of: $0.type).map(quoted) ?? "" }.joined(separator: ",") + ")"
        case .range(let bound): range(of: bound)
        case .multirange: pick(["{}", "{[1,2),[7,9)}", "{(,5),[10,)}"])
        case .bson: preconditionFailure("documents have samples of their own")
        }
    }

    // MARK: Parts

    private mutating func decimal(_ precision: Int?, _ scale: Int?) -> String {
        guard let scale else {
            return pick([
                "0", "0.00", "1.0", "-1.50", "NaN", "Infinity", "-Infinity", String(repeating: "9", count: 60) + ".5",
                "0." + String(repeating: "0", count: 30) + "1", "\(number(in: -9999...9999) as Int).10",
            ])
        }
        let fraction = String((0..<scale).map { _ in pick(Array("0123456789")) })
        return "\(chance(2) ? "-" : "")\(number(in: 1...9_999_999) as Int).\(fraction)"
    }

    private mutating func word() -> String {
        pick([
            "", "plain", "a \"quoted\" one", "back\\slash", "line\nline\r\n\ttab", "\u{1}\u{1f}\u{7f}", "värld", "日本語",
            "🦀👩‍👧",
            "null", "NULL", "{}", "a,b;c", "'", "\u{2028}", "0", "-1.5e3", String(repeating: "long ", count: 60),
            "w\(number(in: 0...9999) as Int)",
        ])
    }

    private mutating func json(depth: Int) -> String {
        switch depth > 0 ? number(in: 0...8) as Int : number(in: 0...6) as Int {
        case 0: return "null"
        case 1: return "true"
        case 2: return pick(["0", "-0.0", "1.0", "1e2", "12345678901234567890.123", "1E-400", "3"])
        case 3: return #""é\n\u0041\ud83d\ude00\/""#
        case 4: return "\"\(number(in: 0...99) as Int)\""
        case 5: return "[]"
        case 6: return "{}"
        case 7:
            let elements = (0..<(number(in: 1...4) as Int)).map { _ in json(depth: depth - 1) }
            return "[\(elements.joined(separator: ", "))]"
        default:
            let members = (0..<(number(in: 1...4) as Int)).map { "\"k\($0) ü\": \(json(depth: depth - 1))" }
            return "{\(members.joined(separator: ", "))}"
        }
    }

    private mutating func array(of element: DataType) -> String {
        if chance(8) { return "{}" }
        return "{"
            + (0..<(number(in: 1...4) as Int)).map { _ in cell(of: element).map(quoted) ?? "NULL" }.joined(
                separator: ",") + "}"
    }

    private mutating func range(of bound: DataType) -> String {
        if chance(6) { return "empty" }
        let limits =
            switch bound {
            case .int32: ["1", "7", "\(number(in: 8...99) as Int)"]
            default: ["0.50", "1.0", "9.990"]
            }
        return pick(["[\(limits[0]),\(limits[1]))", "(,\(limits[2]))", "[\(limits[0]),)", "(,)"])
    }

    /// A text within an array or a composite.
    private func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    private mutating func day() -> String {
        let year = pick([1, 1582, 1970, 2000, 2024, 2038, 9999])
        return "\(padded(year, 4))-\(padded(number(in: 1...12), 2))-\(padded(number(in: 1...28), 2))"
    }

    private mutating func clock() -> String {
        "\(padded(number(in: 0...23), 2)):\(padded(number(in: 0...59), 2)):\(padded(number(in: 0...59), 2))"
            + pick(["", ".5", ".123456", ".000001"])
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    private mutating func hex(_ count: Int) -> String {
        String((0..<count).map { _ in pick(Array("0123456789abcdef")) })
    }

    private mutating func chance(_ outOf: Int) -> Bool { Int.random(in: 0..<outOf, using: &numbers) == 0 }

    private mutating func number<Number: FixedWidthInteger>(in range: ClosedRange<Number>) -> Number {
        Number.random(in: range, using: &numbers)
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: values.indices, using: &numbers)]
    }
}

import Change
import Testing
import Wire

@Suite struct ValueTests {
    @Test func numbersOfEveryKindCompareExactly() throws {
        let ordered: [[Value]] = [
            [.decimal(.negativeInfinity), .float64(-.infinity), .float32(-.infinity)],
            [.float64(-.greatestFiniteMagnitude)],
            [.integer(.min), .float64(-0x1p63), .decimal(ExactDecimal(Int64.min))],
            [try decimal("-0.5"), .float64(-0.5), .float32(-0.5)],
            [.integer(0), .unsigned(0), .float64(0), .float64(-0.0), .float32(-0.0), try decimal("0.000")],
            [.float64(.leastNonzeroMagnitude)],
            [try decimal("0.1")],
            // The double nearest to a tenth is a little more than a tenth; the single is more again.
            [.float64(0.1)],
            [.float32(0.1)],
            [.integer(1), .unsigned(1), try decimal("1.00"), .float32(1)],
            [.integer(1 << 53), .float64(0x1p53), try decimal("9007199254740992.0")],
            [.integer(1 << 53 + 1), try decimal("9007199254740993")],
            [try decimal("9007199254740993.0000000000000000000000001")],
            [.integer(.max), .unsigned(UInt64(Int64.max))],
            [.float64(0x1p63), .unsigned(1 << 63)],
            [.unsigned(.max), .decimal(ExactDecimal(UInt64.max))],
            [.float64(0x1p64), try decimal("18446744073709551616")],
            [.decimal(.infinity), .float64(.infinity), .float32(.infinity)],
            [.decimal(.nan), .float64(.nan), .float32(.nan)],
        ]
        for (index, group) in ordered.enumerated() {
            for (otherIndex, otherGroup) in ordered.enumerated() {
                for left in group {
                    for right in otherGroup {
                        let expected: Value.Order = index == otherIndex ? .equal : index < otherIndex ? .less : .greater
                        #expect(left.order(to: right) == expected, "\(left) \(right)")
                    }
                }
            }
        }
    }

    @Test func valuesOfOneTypeAreOrderedAsPostgreSQLOrdersThem() throws {
        let orders: [(DataType, [String])] = [
            (.boolean, ["f", "t"]),
            (.text, ["", "A", "a", "aa", "é", "😀"]),
            (.bytes, ["\\x", "\\x00", "\\x0000", "\\x7f", "\\x80"]),
            (.date, ["-infinity", "4713-01-01 BC", "0001-12-31 BC", "0001-01-01", "5874897-12-31", "infinity"]),
            (.time, ["00:00:00", "23:59:59.999999", "24:00:00"]),
            (.timeWithZone, ["00:00:00+15:59", "12:00:00+02", "12:00:00+01", "11:00:00+00", "24:00:00-15:59:59"]),
            (.timestamp, ["-infinity", "4713-01-01 00:00:00 BC", "2026-01-01 00:00:00.000001", "infinity"]),
            (.interval, ["P-1Y", "PT-0.000001S", "PT0S", "PT0.000001S", "P29D", "P1M", "P31D"]),
            (.uuid, ["00000000-0000-0000-0000-000000000001", "80000000-0000-0000-0000-000000000000"]),
            (.array(of: .int32), ["{}", "{1}", "{1,2}", "{2}"]),
            (.bits, ["", "0", "01", "1"]),
        ]
        for (type, cells) in orders {
            let values = try cells.map { try Value(parsing: $0, as: type) }
            for (index, left) in values.enumerated() {
                for (otherIndex, right) in values.enumerated() {
                    let expected: Value.Order = index == otherIndex ? .equal : index < otherIndex ? .less : .greater
                    #expect(left.order(to: right) == expected, "\(cells[index]) \(cells[otherIndex])")
                    #expect((left == right) == (index == otherIndex))
                }
            }
        }
    }

    @Test func whatHasNoCommonOrderHasNone() {
        #expect(Value.null.order(to: .null) == nil)
        #expect(Value.integer(1).order(to: .null) == nil)
        #expect(Value.integer(1).order(to: .text("1")) == nil)
        #expect(Value.boolean(true).order(to: .integer(1)) == nil)
        #expect(Value.interval(.infinity).order(to: .time(0)) == nil)
        #expect(Value.array(ArrayValue([.null])).order(to: .array(ArrayValue([.null]))) == nil)
    }

    @Test func aDateComparesWithATimestampAsItsMidnight() throws {
        let date = try Value(parsing: "2026-01-02", as: .date)
        #expect(date.order(to: try Value(parsing: "2026-01-02 00:00:00", as: .timestamp)) == .equal)
        #expect(date.order(to: try Value(parsing: "2026-01-01 23:59:59.999999+00", as: .timestampWithZone)) == .greater)
        #expect(date.order(to: .timestamp(.infinity)) == .less)
    }

    @Test func equalityIsOfKindAndValueAndTextIsComparedByteByByte() {
        #expect(Value.integer(1) != .float64(1))
        #expect(Value.float64(.nan) == .float64(.nan))
        #expect(Value.text("\u{e9}") != .text("e\u{301}"))
        #expect(Value.text("\u{e9}").order(to: .text("e\u{301}")) == .greater)
        #expect(
            Value.interval(Interval(months: 1, days: 0, microseconds: 0))
                != .interval(Interval(months: 0, days: 30, microseconds: 0)))
    }

    @Test func valuesMadeOfValuesKeepTheirShape() throws {
        #expect(
            try Value(parsing: #"[0:1][-1:0]={{1,NULL},{3,4}}"#, as: .array(of: .int32))
                == .array(
                    ArrayValue(
                        lengths: [2, 2], lowerBounds: [0, -1], elements: [.integer(1), .null, .integer(3), .integer(4)])
                ))
        #expect(try Value(parsing: "{}", as: .array(of: .int32)) == .array(ArrayValue([])))
        #expect(
            try Value(parsing: #"{NULL,"NULL","a\"b"}"#, as: .array(of: .text))
                == .array(ArrayValue([.null, .text("NULL"), .text("a\"b")])))
        let pair = DataType.composite(fields: [
            .init(name: "a", type: .int32), .init(name: "b", type: .array(of: .text)),
        ])
        #expect(
            try Value(parsing: #"(,"{x,""y z""}")"#, as: pair)
                == .composite([.null, .array(ArrayValue([.text("x"), .text("y z")]))]))
        #expect(
            try Value(parsing: #"["2026-01-01 00:00:00",infinity)"#, as: .range(of: .timestamp))
                == .range(
                    .bounds(
                        lower: .timestamp(.at(1_767_225_600_000_000)), upper: .timestamp(.infinity),
                        includesLower: true,
                        includesUpper: false)))
        #expect(
            try Value(parsing: "{[1,3),[5,)}", as: .multirange(of: .int32))
                == .multirange([
                    .bounds(lower: .integer(1), upper: .integer(3), includesLower: true, includesUpper: false),
                    .bounds(lower: .integer(5), upper: nil, includesLower: true, includesUpper: false),
                ]))
        #expect(try Value(parsing: "empty", as: .range(of: .int32)) == .range(.empty))
    }

    @Test func aScoreIsGivenOnlyWhereItCanBeReadBack() throws {
        let scores: [(Value, Double?)] = [
            (.boolean(true), 1), (.integer(-7), -7), (.integer(1 << 53), 0x1p53), (.integer(1 << 53 + 1), nil),
            (.unsigned(.max), nil), (.unsigned(1 << 63), 0x1p63), (.float64(.nan), nil), (.float64(.infinity), nil),
            (.float32(0.1), Double(0.1 as Float)), (try decimal("19.99"), 19.99),
            (try decimal("123456789012345"), 123456789012345),
            (try decimal("1234567890123456"), nil), (try decimal("1234567890123450.00"), 1234567890123450),
            (.decimal(.nan), nil), (try decimal("0.00"), 0), (try decimal("1e-320"), nil), (try decimal("1e309"), nil),
            (try Value(parsing: "2026-01-02 03:04:05.678901", as: .timestamp), 1767323045678.901),
            (try Value(parsing: "2026-01-02 03:04:05.678+00", as: .timestampWithZone), 1767323045678),
            (try Value(parsing: "9999-12-31 23:59:59.999", as: .timestamp), 253402300799999),
            (try Value(parsing: "9999-12-31 23:59:59.999999", as: .timestamp), nil),
            (.timestamp(.infinity), nil), (.date(.negativeInfinity), nil),
            (try Value(parsing: "1970-01-02", as: .date), 86_400_000),
            (try Value(parsing: "24:00:00", as: .time), 86_400_000), (.text("1"), nil), (.null, nil),
        ]
        for (value, score) in scores { #expect(value.score == score, "\(value)") }
    }

    private func decimal(_ text: String) throws -> Value { .decimal(try ExactDecimal(parsing: text.utf8.span)) }
}

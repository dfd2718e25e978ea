import ConnectorTestKit
import Testing
import Wire

@Suite struct BSONOrderTests {
    /// Values in the server's order; those of one line are equal to it.
    static let ascending: [[BSONSample]] = [
        [.minKey], [.undefined], [nil],
        [.double(.nan), .decimal("NaN"), .decimal("-NaN")],
        [.double(-.infinity), .decimal("-Infinity")],
        [.decimal("-1E+6111")],
        [.double(-1e308)], [.int64(.min), .double(-9_223_372_036_854_775_808)],
        [-1, -1.0, .int64(-1), .decimal("-1.0")],
        [.double(-.leastNonzeroMagnitude)],
        [0, 0.0, .double(-0.0), .int64(0), .decimal("0"), .decimal("-0"), .decimal("0E+3"), .decimal("0.000")],
        [.decimal("1E-6176")], [.double(.leastNonzeroMagnitude)],
        [.decimal("0.1")], [.double(0.1)], [.double(0.5), .decimal("0.5"), .decimal("5.0E-1")],
        [1, .int64(1), 1.0, .decimal("1"), .decimal("1.00"), .decimal("10E-1")],
        [1.5, .decimal("1.5")],
        [.int64(9_007_199_254_740_992), .double(9_007_199_254_740_992)],
        [.int64(9_007_199_254_740_993), .decimal("9007199254740993")],
        [.int64(.max)], [.double(9_223_372_036_854_775_808), .decimal("9223372036854775808")],
        [.double(1e22), .decimal("1E+22")], [.double(1e23), .decimal("99999999999999991611392")], [.decimal("1E+23")],
        [.double(.infinity), .decimal("Infinity")],
        ["", .symbol("")], ["a", .symbol("a")], ["a\u{0}"], ["a\u{0}b"], ["aa"], ["b"], ["é"],
        [[:]], [["a": nil]], [["a": 1], ["a": 1.0]], [["a": 1, "b": 2]], [["a": 2]], [["b": 1]], [["b": 1, "a": 2]],
        [["a": "x"]], [["a": ["b": 1]]],
        [[]], [[nil]], [[1]], [[1, 2]], [[2]], [["a"]],
        [.binary(0, [])], [.binary(0, [1])], [.binary(4, [0])], [.binary(128, [0])], [.binary(0, [0, 0])],
        [.objectID("000000000000000000000000")], [.objectID("ff0000000000000000000000")],
        [false], [true],
        [.date(.min)], [.date(-1)], [.date(0)], [.date(.max)],
        [.timestamp(0, 1)], [.timestamp(1, 0)], [.timestamp(.max, .max)],
        [.regex("a", "")], [.regex("a", "i")], [.regex("b", "")],
        [.dbPointer("a", "000000000000000000000000")],
        [.code("a")], [.code("b")],
        [.codeWithScope("a", [])], [.codeWithScope("a", [("x", 1)])], [.codeWithScope("b", [])],
        [.maxKey],
    ]

    @Test func valuesOfEveryKindCompareAsTheServerComparesThem() throws {
        let ranked = Self.ascending.enumerated().flatMap { rank, equals in equals.map { (rank, $0) } }
        for (leftRank, left) in ranked {
            for (rightRank, right) in ranked {
                let (leftBytes, rightBytes) = (left.bytes, right.bytes)
                let order = try BSONValue(type: left.type, bytes: leftBytes.span)
                    .order(to: BSONValue(type: right.type, bytes: rightBytes.span))
                #expect(order.signum() == (leftRank - rightRank).signum(), "\(left) and \(right)")
            }
        }
    }

    @Test func keysAreEqualExactlyWhereValuesAre() throws {
        var known: [[UInt8]: Int] = [:]
        for (rank, equals) in Self.ascending.enumerated() {
            for value in equals {
                let key = try value.key()
                #expect(known[key] == nil || known[key] == rank, "\(value)")
                if known[key] == nil { #expect(value.type == equals[0].type || equals[0].sharesKey(with: value)) }
                known[key] = rank
                #expect(try key == equals[0].key(), "\(value)")
            }
        }
        #expect(known.count == Self.ascending.count)
    }

    @Test func theOrderOfASubdocumentsFieldsIsPartOfTheKey() throws {
        let first: BSONSample = ["a": 1, "b": 2]
        let second: BSONSample = ["b": 2, "a": 1]
        let wide: BSONSample = ["a": .int64(1), "b": .decimal("2.0")]
        #expect(try first.key() != second.key())
        #expect(try first.key() == wide.key())
    }

    @Test func noKeyIsTheBeginningOfAnother() throws {
        let keys = try Self.ascending.map { try $0[0].key() }
        for (index, key) in keys.enumerated() {
            for (other, longer) in keys.enumerated() where other != index { #expect(!longer.starts(with: key)) }
        }
    }

    @Test func equalNumbersHaveOneKeyText() throws {
        func text(_ value: BSONSample) throws -> String {
            let bytes = value.bytes
            var text: [UInt8] = []
            text.append(bsonNumberKeyText: try BSONValue(type: value.type, bytes: bytes.span))
            return String(decoding: text, as: UTF8.self)
        }
        for equals in Self.ascending where equals[0].type.isNumber {
            let first = try text(equals[0])
            for value in equals { #expect(try text(value) == first, "\(value)") }
        }
        #expect(try text(.decimal("1.00")) == "1")
        #expect(try text(.double(0.1)) == "0.1")
        #expect(try text(.decimal("1E+3")) == "1000")
        #expect(try text(.decimal("1.50E-3")) == "0.0015")
        #expect(try text(.decimal("1.5E+6000")) == "1.5E+6000")
        #expect(try text(.double(-0.0)) == "0")
        #expect(
            try text(.double(9.094947017729282e-13)) == "9.094947017729282379150390625E-13"
                || text(.double(9.094947017729282e-13)) == "0.0000000000009094947017729282379150390625")
    }
}

extension BSONSample {
    fileprivate func key() throws -> [UInt8] {
        let bytes = self.bytes
        var key: [UInt8] = []
        try key.append(bsonKey: BSONValue(type: type, bytes: bytes.span))
        return key
    }

    fileprivate func sharesKey(with other: BSONSample) -> Bool { type.rank == other.type.rank }
}

import BoltCodec
import Change
import Testing
import Wire

@testable import SinkConnectors

@Suite struct PropertyEncodingTests {
    private func value(
        _ text: String, _ type: DataType, decimals: Neo4jMappingOptions.Decimals = .text,
        unfit: Neo4jMappingOptions.Unfit = .text, countsInUTC: Bool = true
    ) throws -> PackStreamValue {
        var writer = PackStreamWriter()
        try PropertyEncoding(decimals: decimals, unfit: unfit, countsInUTC: countsInUTC).append(
            text.utf8.span, of: type, column: "c", to: &writer)
        return try PackStreamReader.value(writer.bytes.span)
    }

    @Test func everyTypeBecomesWhatAPropertyHolds() throws {
        #expect(try value("t", .boolean) == .boolean(true))
        #expect(try value("-9223372036854775808", .int64) == .integer(.min))
        #expect(try value("18446744073709551615", .uint64) == .text("18446744073709551615"))
        #expect(try value("0.1", .float64) == .float(0.1))
        #expect(try value("Infinity", .float64) == .float(.infinity))
        #expect(try value("1.10", .decimal(precision: nil, scale: nil)) == .text("1.10"))
        #expect(try value("1.10", .decimal(precision: nil, scale: nil), decimals: .float) == .float(1.1))
        #expect(try value("é\"`\n", .text) == .text("é\"`\n"))
        #expect(try value("\\x00ff", .bytes) == .bytes([0, 255]))
        #expect(try value("1970-01-02", .date) == .structure(tag: 0x44, fields: [.integer(1)]))
        #expect(
            try value("1969-12-31 23:59:59.5", .timestamp)
                == .structure(tag: 0x64, fields: [.integer(-1), .integer(500_000_000)]))
        #expect(
            try value("1970-01-01 00:00:01+00", .timestampWithZone)
                == .structure(tag: 0x49, fields: [.integer(1), .integer(0), .integer(0)]))
        #expect(
            try value("1970-01-01 00:00:01+00", .timestampWithZone, countsInUTC: false)
                == .structure(tag: 0x46, fields: [.integer(1), .integer(0), .integer(0)]))
        #expect(try value("00:00:01", .time) == .structure(tag: 0x74, fields: [.integer(1_000_000_000)]))
        #expect(
            try value("P1Y2M3DT4.5S", .interval)
                == .structure(tag: 0x45, fields: [.integer(14), .integer(3), .integer(4), .integer(500_000_000)]))
        #expect(try value(#"{"a": 1}"#, .json) == .text(#"{"a": 1}"#))
        #expect(try value("{1,2}", .array(of: .int32)) == .list([.integer(1), .integer(2)]))
        #expect(try value("{a,b}", .array(of: .text)) == .list([.text("a"), .text("b")]))
    }

    @Test(arguments: [
        ("infinity", DataType.timestamp, "infinity"), ("24:00:00", .time, "24:00:00"),
        ("{1,NULL}", .array(of: .int32), "[1,null]"), ("{{1,2},{3,4}}", .array(of: .int32), "[[1,2],[3,4]]"),
    ])
    func whatAPropertyCannotHoldIsTextOrParks(text: String, type: DataType, expected: String) throws {
        #expect(try value(text, type) == .text(expected))
        #expect(throws: GraphProblem.unfit(column: "c")) { try value(text, type, unfit: .park) }
    }

    @Test func whatCannotBeReadParksAndLeavesNothingBehind() {
        let encoding = PropertyEncoding(decimals: .text, unfit: .text, countsInUTC: true)
        for (bytes, type, problem) in [
            (Array("{1,x}".utf8), DataType.array(of: .int32), GraphProblem.malformed(column: "c")),
            ([0xFF], .text, .notText(column: "c")),
        ] {
            var writer = PackStreamWriter()
            do {
                try encoding.append(bytes.span, of: type, column: "c", to: &writer)
                Issue.record("it was taken for a value")
            } catch {
                #expect(error == problem)
            }
            #expect(writer.bytes.isEmpty)
        }
    }
}

import ConnectorTestKit
import Testing
import Wire

@Suite struct BSONJSONTests {
    @Test(arguments: BSONSample.forms) func everyTypeHasItsTwoForms(
        _ value: BSONSample, canonical: String, plain: String
    ) throws {
        #expect(try value.json(.canonical) == canonical)
        #expect(try value.json(.plain(.init())) == plain)
        // The same in a document, in an array, and as one element by itself.
        let nested: BSONSample = ["a": [value]]
        #expect(try nested.json(.canonical) == #"{"a":[\#(canonical)]}"#)
        let bytes = value.element("a.b")
        let element = try BSONElement(bytes.span)
        var text: [UInt8] = []
        try text.append(bson: element.value, as: .canonical)
        #expect(String(decoding: text, as: UTF8.self) == canonical)
        #expect(String(decoding: element.name) == "a.b")
    }

    @Test func decimalsAndBytesAreWrittenAsTheFormSays() throws {
        let form = BSONJSONForm.plain(.init(quotesDecimals: false, hasHexBinary: true))
        #expect(try BSONSample.decimal("-1.50").json(form) == "-1.50")
        #expect(try BSONSample.decimal("1E+40").json(form) == "1E+40")
        #expect(try BSONSample.decimal("NaN").json(form) == #""NaN""#)
        #expect(try BSONSample.binary(0, [10, 255]).json(form) == #""0aff""#)
    }

    @Test func namesAreKeptAsTheyStandHoweverOdd() throws {
        let document: BSONSample = [
            "": 1, "$set": 2, "a.b": 3, "0": 4, "é": 5, "same": 6, "same": 7, "__proto__": 8, "q\"": 9,
        ]
        #expect(
            try document.json(.plain(.init()))
                == #"{"":1,"$set":2,"a.b":3,"0":4,"é":5,"same":6,"same":7,"__proto__":8,"q\"":9}"#)
    }

    @Test func textThatIsNotUTF8IsRepairedAndTold() throws {
        for sample in [BSONSample.rawString([0x61, 0xFF]), ["a": .rawString([0xC3])], [.rawString([0x80])]] {
            let bytes = sample.bytes
            var text: [UInt8] = []
            let isExact = try text.append(bson: BSONValue(type: sample.type, bytes: bytes.span), as: .canonical)
            #expect(!isExact)
            #expect(String(validating: text, as: UTF8.self)?.contains("\u{FFFD}") == true)
        }
    }

    @Test func everyTypeHasItsPlainText() throws {
        let texts: [(BSONSample, String)] = [
            ("a\"b", #"a"b"#), (.symbol("s"), "s"), (.code("c"), "c"), (true, "true"), (7, "7"), (.int64(-8), "-8"),
            (1.0, "1"), (.double(-0.0), "-0"), (2.5, "2.5"), (.double(1e16), "1e+16"), (.double(.infinity), "Infinity"),
            (.decimal("1.00"), "1.00"), (.objectID("507f1f77bcf86cd799439011"), "507f1f77bcf86cd799439011"),
            (.date(1), "1970-01-01T00:00:00.001Z"), (.date(.max), "+292278994-08-17T07:12:55.807Z"),
            (.date(.min), "-292275055-05-16T16:47:04.192Z"), (.binary(0, [1]), "AQ=="),
            (.binary(4, Array(0...15)), "00010203-0405-0607-0809-0a0b0c0d0e0f"), (nil, ""), (["a": 1], #"{"a":1}"#),
            ([1, "x"], #"[1,"x"]"#), (.minKey, #"{"$minKey":1}"#), (.undefined, #"{"$undefined":true}"#),
        ]
        for (value, expected) in texts {
            let bytes = value.bytes
            var text: [UInt8] = []
            try text.append(bsonText: BSONValue(type: value.type, bytes: bytes.span))
            #expect(String(decoding: text, as: UTF8.self) == expected)
        }
    }
}

extension BSONSample {
    func json(_ form: BSONJSONForm) throws -> String {
        let bytes = self.bytes
        var text: [UInt8] = []
        let isExact = try text.append(bson: BSONValue(type: type, bytes: bytes.span), as: form)
        #expect(isExact)
        return String(decoding: text, as: UTF8.self)
    }

    /// Every type, nested in a document.
    static let everything = BSONSample.document(BSONSample.forms.enumerated().map { ("f\($0)", $1.0) })
}

import Change
import Connector
import ConnectorTestKit
import Testing

@testable import Transforms

@Suite struct DocumentExpressionTests {
    @Test(arguments: [
        ("category.id", #""c1""#), ("category.parent.id", #""c0""#), ("category.gone", "null"),
        ("category.nothing", "missing"), ("category.id.deeper", "missing"), ("nothing.at.all", "missing"),
        ("category.\"odd name\"", #"{"$numberInt":"1"}"#), ("images[0].url", #""a.png""#),
        ("images[1]", #"{"url":"b.png"}"#), ("images[2].url", "missing"), ("images.url", "missing"),
        ("variants[0].price", #"{"$numberDecimal":"19.90"}"#), ("variants[1].price", #"{"$numberInt":"5"}"#),
        ("images[*].url", #"["a.png","b.png"]"#), ("variants[*].id", #"["v1","v2","v3","v4"]"#),
        ("variants[isActive].id", #"["v1","v3","v4"]"#),
        ("variants[price < 15 and isActive].id", #"["v3"]"#), ("variants[price is missing].id", #"["v4"]"#),
        ("tags[this <> 'new']", #"["sale"]"#), ("variants[*].tags[*]", #"["a","b","c"]"#),
        ("variants[*].tags[0]", #"["a","c"]"#), ("flatten(variants[*].tags)", #"["a","b","c"]"#),
        ("tags[*].x", "[]"), ("nothing[*].x", "missing"), ("_id", #"{"$oid":"507f1f77bcf86cd799439011"}"#),
        ("(category).name", #""Computers""#), ("note", "null"), ("note.x", "missing"),
    ])
    func pathsLeadToValuesAndKeepTheirTypes(_ expression: String, _ result: String) throws {
        #expect(try Products.compute(expression) == result)
    }

    @Test(arguments: [
        ("min(variants[isActive].price)", #"{"$numberDouble":"12.5"}"#),
        ("max(variants[isActive].price)", #"{"$numberDecimal":"19.90"}"#),
        ("min(variants[*].price)", #"{"$numberLong":"5"}"#), ("count(variants[isActive])", "3"),
        ("count(variants[*].price)", "3"), ("count(nothing)", "0"), ("count(tags)", "2"),
        ("sum(variants[not isActive].price)", #"{"$numberLong":"5"}"#),
        ("sum(variants[*].price)", #"{"$numberDouble":"37.4"}"#),
        ("sum(tags)", "null"), ("min(variants[price > 100].price)", "null"), ("any(variants[*].isActive)", "t"),
        ("all(variants[*].isActive)", "f"), ("any(nothing[*].x)", "f"), ("contains(tags, 'sale')", "t"),
        ("contains(tags, 'sal')", "f"), ("inventory.quantity - inventory.reserved", #"{"$numberLong":"5"}"#),
        ("inventory.quantity * 2", #"{"$numberLong":"14"}"#), ("weight * 2", #"{"$numberDouble":"3.0"}"#),
        ("round(weight * 1.234, 2)", #"{"$numberDouble":"1.85"}"#), ("name * 2", "null"),
        ("lower(category.name)", "computers"), ("lower(weight)", "null"), ("category.id || '-' || name", "c1-Laptop"),
        ("{category.id}/{images[0].url}", "c1/a.png"), ("{category.nothing}", "null"),
        ("coalesce(category.nothing, note, 'none')", #""none""#), ("createdAt::date", "2026-01-02"),
        ("createdAt::text", "2026-01-02T03:04:05.6Z"), ("epoch_ms(createdAt)", "1767323045600"),
        ("variants[0].price::decimal", "19.90"), ("weight::text", "1.5"), ("category.parent::text", #"{"id":"c0"}"#),
        ("category.parent::json", #"{"id":"c0"}"#), ("tags::json", #"["new","sale"]"#),
        ("case when isActive then 'on' else 'off' end", "on"), ("_id::text", "507f1f77bcf86cd799439011"),
        ("code::uuid", "00010203-0405-0607-0809-0a0b0c0d0e0f"),
        ("greatest(weight, inventory.quantity)", #"{"$numberLong":"7"}"#),
        ("object_id('507f1f77bcf86cd799439011')", #"{"$oid":"507f1f77bcf86cd799439011"}"#),
        (
            "object('ids', variants[*].id, 'gone', category.nothing, 'n', 1.50, 'on', isActive, 'in', object('a', name))",
            #"{"ids":["v1","v2","v3","v4"],"gone":null,"n":{"$numberDecimal":"1.50"},"on":true,"in":{"a":"Laptop"}}"#
        ),
    ])
    func calculationsTakeWhatIsOfTheirKind(_ expression: String, _ result: String) throws {
        #expect(try Products.compute(expression) == result)
    }

    @Test(arguments: [
        ("weight > 1", true), ("weight = 1.5", true), ("variants[0].price = 19.9", true), ("name = 'Laptop'", true),
        // Different kinds do not compare: neither true nor false.
        ("name > 3", false), ("not (name > 3)", false), ("name <> 3", false), ("weight = '1.5'", false),
        ("isActive", true), ("isActive = true", true), ("not isActive", false), ("name", false), ("not name", false),
        ("isActive is true", true), ("name is true", false),
        ("createdAt > '2026-01-01'", true), ("createdAt < timestamptz '2026-01-01'", false),
        ("createdAt > 'no date'", false), ("_id = '507f1f77bcf86cd799439011'", true),
        ("_id = object_id('507f1f77bcf86cd799439012')", false), ("_id <> 'x'", false),
        ("code = '00010203-0405-0607-0809-0a0b0c0d0e0f'", true),
        ("category.id in ('c0', 'c1')", true), ("inventory.quantity in (1, 7.0)", true), ("name like 'Lap%'", true),
        ("inventory.quantity between 5 and 7.5", true), ("category = category", true),
        ("category is distinct from name", true), ("nothing = 1 or isActive", true),
        // Missing reads as null, and can be told from it.
        ("note is null", true), ("note is missing", false), ("exists(note)", true), ("nothing is null", true),
        ("nothing is missing", true), ("exists(nothing)", false), ("category.gone is missing", false),
        ("category.gone is null", true), ("category.nothing is missing", true),
        ("category.nothing is not missing", false),
        ("exists(variants[price < 6])", true), ("exists(variants[price < 5])", false), ("exists(note.x)", false),
    ])
    func conditionsCompareByKind(_ condition: String, _ holds: Bool) throws {
        #expect(try Products.passes(condition) == holds)
    }

    @Test func numbersOfEveryTypeCompareExactly() throws {
        let large: BSONSample = .int64(9_007_199_254_740_993)
        let row = try Products.row(["weight": .double(9_007_199_254_740_992), "note": large])
        #expect(try Products.passes("note > weight", row))
        #expect(try Products.passes("note = 9007199254740993", row))
        #expect(try !Products.passes("weight = 9007199254740993", row))
        let tenth = try Products.row(["weight": .double(0.1), "note": .decimal("0.1")])
        #expect(try !Products.passes("weight = note", tenth) && Products.passes("weight > note", tenth))
        let same = try Products.row(["weight": .double(0.5), "note": .decimal("5.0E-1")])
        #expect(try Products.passes("weight = note and note = 0.5", same))
        let odd = try Products.row(["weight": .double(.nan), "note": .decimal("1E+6111")])
        #expect(try Products.passes("note > 1e38 and weight is not null", odd))
        #expect(try Products.compute("note", odd) == #"{"$numberDecimal":"1E+6111"}"#)
    }

    @Test func aRowWhoseValueCannotBeCastIsRefusedAlone() throws {
        #expect(throws: TransformError.self) { try Products.compute("category::integer") }
        #expect(throws: TransformError.self) { try Products.compute("name::integer") }
        #expect(throws: TransformError.self) { try Products.compute("weight / (inventory.quantity - 7)") }
        #expect(try Products.compute("tags[0]::text") == "new")
    }

    @Test func mistakesAreNamedAtTheirPlace() {
        #expect(Products.fault("category.") == "9: expected the name of a field, found the end")
        #expect(Products.fault("variants[") == "9: expected a value, found the end")
        #expect(Products.fault("variants[isActive") == "17: expected ], found the end")
        #expect(Products.fault("variants[isActive].price + ")?.hasPrefix("27: expected a value") == true)
        #expect(Products.fault("variants[price > ] = 1")?.hasPrefix("17: expected a value") == true)
        #expect(Products.fault("object('a') = 1")?.contains("names and values in turn") == true)
        #expect(Products.fault("object(name, 1) = 1")?.contains("a text in quotes") == true)
        #expect(Products.fault("object('a', 1, 'a', 2) = 1")?.contains("twice") == true)
        #expect(Products.fault("isActive is mising")?.hasPrefix("12: expected null, missing") == true)
        #expect(Products.fault("lower(name).x = 1")?.contains("fields and elements are those of a document") == true)
        #expect(Orders.fault("status.x = 1")?.contains("this is text") == true)
        #expect(Orders.fault("data.x = 1")?.contains("members of json are reached by") == true)
        #expect(Orders.fault("min(total) = 1")?.contains("min takes an array of a document") == true)
        #expect(Orders.fault("status is missing") == nil)
        // A name that no document has shown yet is no mistake; in a table it is.
        #expect(Products.fault("isActve") == nil)
        #expect(Orders.fault("stats = 'x'")?.contains("did you mean status?") == true)
    }

    @Test func whatIsUnchangedIsNotCalculatedWith() throws {
        let transform = try Products.transform(
            TransformSpec(compute: [
                TransformSpec.Computation(name: Orders.named("r"), expression: Orders.located("category.id"))
            ]))
        let row = Products.collection.deleted(.objectID("507f1f77bcf86cd799439011"))
        #expect(try transform.extended(row).state(Products.collection.schema.columns.count) == .unchanged)
    }
}

import Change
import Connector
import Testing

@testable import Pipelines

/// The key `lookup:` of an entry.
@Suite struct LookupReaderTests {
    private static func entry(_ lookup: String) -> String {
        Kinds.file(entry: "hash: \"u:{id}\"\n          lookup: \(lookup)")
    }

    @Test func columnsOfARowAndTheNumberOfRowsAreRead() throws {
        let document = try Kinds.read(
            Self.entry(
                "[{from: public.orders, where: {id: order_id, shop: shop}, take: {buyer: user_id}}, "
                    + "{from: public.orders, where: {user_id: id}, count: orders}]"))
        let lookups = document.sinks[0].writes[0].lookups
        #expect(lookups.map(\.from.value.name) == ["orders", "orders"])
        #expect(lookups[0].pairs.map(\.other.value) == ["id", "shop"])
        #expect(lookups[0].pairs.map(\.own.value) == ["order_id", "shop"])
        #expect(lookups.flatMap(\.names).map(\.value) == ["buyer", "orders"])
    }

    @Test(arguments: [
        ("{from: public.orders}", "14:19: lookup is a list"),
        ("[{from: public.orders, where: {id: x}}]", "14:20: a look-up needs the key take or the key count"),
        (
            "[{from: public.orders, where: {id: x}, take: {a: b}, count: c}]",
            "14:72: a look-up takes columns of one row or counts rows, not both"
        ),
        ("[{from: public.orders, count: c}]", "14:20: a look-up needs the key where"),
        (
            "[{from: public.ordrs, where: {id: x}, count: c}]",
            "14:27: the source's tables do not include public.ordrs: its changes would not be known (did you mean public.orders?)"
        ),
        (
            "[{from: public.orders, where: {id: x}, count: c}, {from: public.orders, where: {id: x}, count: c}]",
            "14:114: two look-ups make a column c"
        ),
        ("[{from: public.orders, wher: {id: x}, count: c}]", "14:42: a look-up has no key wher (did you mean where?)"),
    ])
    func aMistakeHasItsPlace(lookup: String, fault: String) {
        let faults = Kinds.faults(Self.entry(lookup))
        #expect(faults.contains { $0.hasPrefix(fault) }, "\(faults)")
    }

    @Test func aLookUpIsAPartOfWhatAnEntryWrites() throws {
        func fingerprint(_ lookup: String) throws -> UInt64 {
            try Kinds.read(Self.entry(lookup)).sinks[0].writes[0].fingerprint
        }
        let first = try fingerprint("[{from: public.orders, where: {id: x}, count: c}]")
        #expect(first == (try fingerprint("[{count: c, where: {id: x}, from: public.orders}]")))
        #expect(first != (try fingerprint("[{from: public.orders, where: {id: y}, count: c}]")))
        #expect(first != (try fingerprint("[{from: public.orders, where: {id: x}, count: d}]")))
        #expect(first != (try fingerprint("[{from: public.orders, where: {id: x}, take: {c: id}}]")))
    }

    @Test func aTableThatIsOnlyLookedUpIsNotIdle() throws {
        let text = Self.entry("[{from: public.orders, where: {id: x}, count: c}]")
        let without = text.replacing("    - from: public.orders\n          hash: \"order:{id}\"\n", with: "")
        #expect(without != text)
        #expect(try Kinds.read(without).warnings.isEmpty)
    }
}

import Testing

@testable import Engine

struct KeyHashesTests {
    @Test func whatWasAppendedInAnyOrderIsFoundOnceAndNothingElseIs() {
        var random = SeededGenerator(seed: 3)
        var model: Set<UInt64> = []
        var keys = KeyHashes()
        for round in 0..<6 {
            for _ in 0..<(round == 2 ? 0 : 700) {
                // Few of them, so that some come again, and all over the range.
                let hash = (random.next() % 2_000) << (random.next() % 2 == 0 ? 0 : 53)
                model.insert(hash)
                keys.append(hash)
            }
            keys.seal()
            #expect(keys.count == model.count)
        }
        for hash in UInt64(0)..<2_100 {
            #expect(keys.contains(hash) == model.contains(hash))
            #expect(keys.contains(hash << 53) == model.contains(hash << 53))
        }
        #expect(!keys.contains(.max) || model.contains(.max))
    }

    @Test func aUnionHasWhatBothHave() {
        var keys = KeyHashes()
        #expect(keys.count == 0 && !keys.contains(0))
        keys.formUnion(KeyHashes([5, 1, 5]))
        keys.formUnion(KeyHashes([2, 5, 1 << 60]))
        keys.formUnion(KeyHashes())
        #expect(keys.count == 4)
        for hash in [1, 2, 5, 1 << 60] as [UInt64] { #expect(keys.contains(hash)) }
        #expect(!keys.contains(3))
    }
}

import Randomness
import Testing
import Wire

@Suite struct Hash64Tests {
    @Test func everyBitOfTheInputChangesHalfTheBitsOfTheHash() {
        var generator = SeededNumbers(seed: 5)
        for length in [2, 3, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 100] {
            let rounds = 400
            for bit in stride(from: 0, to: length * 8, by: max(1, length / 4)) {
                var flips = [Int](repeating: 0, count: 64)
                for _ in 0..<rounds {
                    var bytes = generator.bytes(length)
                    let before = Hash64.of(bytes.span)
                    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                    let changed = before ^ Hash64.of(bytes.span)
                    for place in 0..<64 where changed >> UInt64(place) & 1 == 1 { flips[place] += 1 }
                }
                // Half of 400, and six standard deviations of ten to either side.
                #expect(flips.allSatisfy { (140...260).contains($0) }, "length \(length), bit \(bit): \(flips)")
            }
        }
    }

    @Test func consecutiveNumbersSpreadOverLanesAndBuckets() {
        for lanes in [3, 8, 16, 64] {
            var counts = [Int](repeating: 0, count: lanes)
            for number in 0..<UInt64(lanes * 1_000) {
                let bytes = Array("user:\(number)".utf8)
                counts[Int(Hash64.of(bytes.span) % UInt64(lanes))] += 1
            }
            #expect(counts.allSatisfy { (800...1200).contains($0) }, "\(counts)")
        }
    }

    @Test func structuredInputsDoNotCollide() {
        var seen: Set<UInt64> = []
        var count = 0
        for length in 0..<200 {
            for byte in [UInt8(0), 1, 0x80, 0xff] {
                let bytes = [UInt8](repeating: byte, count: length)
                seen.insert(Hash64.of(bytes.span))
                count += length == 0 && byte > 0 ? 0 : 1
            }
        }
        for number in 0..<100_000 as Range<UInt64> {
            var hash = Hash64()
            hash.combine(number)
            seen.insert(hash.value)
        }
        #expect(seen.count == count + 100_000)
    }

    @Test func whatIsCombinedIsDelimited() {
        let words = ["", "a", "b", "ab", "ba", "aab", "abcdefgh", "abcdefghi", "\0"]
        var seen: Set<UInt64> = []
        for first in words {
            for second in words {
                var hash = Hash64()
                hash.combine(first.utf8.span)
                hash.combine(second.utf8.span)
                seen.insert(hash.value)
            }
        }
        #expect(seen.count == words.count * words.count)
    }

    @Test func noFactorOfZeroErasesWhatCameBefore() {
        var state: Set<UInt64> = []
        for seed in 0..<1_000 as Range<UInt64> {
            for word in [0xa076_1d64_78bd_642f, 0xe703_7ed1_a0b4_28db, 0x8ebc_6af0_9c88_c6e3, 0] as [UInt64] {
                var hash = Hash64(seed: seed)
                hash.combine(word)
                state.insert(hash.value)
            }
        }
        #expect(state.count == 4_000)
    }

    @Test func theHashIsTheSameInEveryRun() {
        #expect(Hash64.of("millrace".utf8.span) == goldenWord)
        #expect(Hash64.of("a text that is longer than sixteen bytes".utf8.span) == goldenText)
    }

    // Lanes and buckets that are stored depend on these: a new hash function is a new format of the state.
    private let goldenWord: UInt64 = 17_236_794_134_312_507_991
    private let goldenText: UInt64 = 8_315_481_593_879_290_159
}

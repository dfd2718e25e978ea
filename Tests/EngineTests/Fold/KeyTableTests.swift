import Randomness
import Testing
import Wire

@testable import Engine

struct KeyTableTests {
    @Test(arguments: 0..<6)
    func everyKeyHasOneNumberInTheOrderOfItsFirstComing(seed: Int) {
        var random = SeededNumbers(seed: UInt64(seed))
        var table = KeyTable()
        for _ in 0..<3 {
            var model: [String: Int] = [:]
            var order: [String] = []
            for _ in 0..<Int.random(in: 0...3_000, using: &random) {
                let key = String(Int.random(in: 0..<1_000, using: &random))
                let bytes = Array(key.utf8)
                let scope = Int.random(in: 0..<3, using: &random)
                let (number, isNew) = table.insert(bytes.span, hash: Hash64.of(bytes.span), in: scope)
                let name = "\(scope)/\(key)"
                #expect(isNew == (model[name] == nil))
                if isNew {
                    model[name] = order.count
                    order.append(name)
                }
                #expect(number == model[name])
            }
            #expect(table.count == order.count)
            for (number, name) in order.enumerated() {
                let key = name.split(separator: "/")[1]
                #expect(String(decoding: table.key(number)) == key)
            }
            table.removeAll()
            #expect(table.count == 0)
        }
    }

    @Test func keysWithTheSameHashAreDifferentKeys() {
        var table = KeyTable()
        for key in 0..<500 {
            let bytes = Array("\(key)".utf8)
            #expect(table.insert(bytes.span, hash: 7, in: 0) == (key, true))
        }
        for key in 0..<500 {
            let bytes = Array("\(key)".utf8)
            #expect(table.number(of: bytes.span, hash: 7, in: 0) == key)
            #expect(table.number(of: bytes.span, hash: 7, in: 1) == nil)
        }
    }

    @Test func aTableThatWasLargeGivesItsMemoryBack() {
        var table = KeyTable()
        let small = table.byteCount
        for key in 0..<60_000 {
            let bytes = Array("\(key)".utf8)
            _ = table.insert(bytes.span, hash: Hash64.of(bytes.span), in: 0)
        }
        #expect(table.byteCount > 1 << 20)
        table.removeAll()
        #expect(table.byteCount == small)
    }
}

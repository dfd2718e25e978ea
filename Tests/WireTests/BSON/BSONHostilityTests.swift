import Randomness
import ConnectorTestKit
import Testing
import Wire

/// Malformed bytes are refused; whatever happens, nothing is read that is not there.
@Suite struct BSONHostilityTests {
    @Test func aDocumentCutAtAnyByteIsRefused() throws {
        let bytes = BSONSample.everything.bytes
        try read(bytes)
        for length in 0..<bytes.count {
            let cut = Array(bytes[..<length])
            #expect(throws: WireError.self) { try read(cut) }
        }
    }

    @Test func anElementCutAtAnyByteIsRefused() throws {
        for (sample, _, _) in BSONSample.forms {
            let bytes = sample.element("name")
            for length in 0..<bytes.count {
                let cut = Array(bytes[..<length])
                #expect(throws: WireError.self) { try BSONElement(cut.span).value.type }
            }
            let longer = bytes + [0]
            #expect(throws: WireError.self) { try BSONElement(longer.span).value.type }
        }
    }

    @Test func aDocumentWhoseInsideIsCutWithItsLengthCorrectedIsRefusedOrRead() throws {
        let bytes = BSONSample.everything.bytes
        for length in 5..<bytes.count {
            var cut = Array(bytes[..<length])
            for index in 0..<4 { cut[index] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
            cut[length - 1] = 0
            do { try read(cut) } catch is WireError {}
        }
    }

    @Test func randomMutationsAreReadOrRefused() throws {
        var generator = SeededNumbers(seed: 11)
        let bytes = BSONSample.everything.bytes
        var refused = 0
        for _ in 0..<6_000 {
            var mutation = bytes
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: 0..<mutation.count, using: &generator)
                mutation[index] = UInt8.random(in: 0...255, using: &generator)
            }
            do { try read(mutation) } catch is WireError { refused += 1 }
        }
        #expect(refused > 200)
    }

    @Test func lengthsThatLieAreRefused() {
        let lies: [[UInt8]] = [
            [], [0], [5, 0, 0, 0], [4, 0, 0, 0], [5, 0, 0, 0, 1], [6, 0, 0, 0, 0, 0], [255, 255, 255, 255, 0],
            // A string of no byte, of a negative length, of one that the document does not hold, without its end.
            [12, 0, 0, 0, 2, 97, 0, 0, 0, 0, 0, 0], [12, 0, 0, 0, 2, 97, 0, 255, 255, 255, 255, 0],
            [12, 0, 0, 0, 2, 97, 0, 2, 0, 0, 0, 0], [13, 0, 0, 0, 2, 97, 0, 1, 0, 0, 0, 98, 0],
            // A bool that is neither, a type that is none, a name without an end.
            [9, 0, 0, 0, 8, 97, 0, 2, 0], [8, 0, 0, 0, 0x20, 97, 0, 0], [7, 0, 0, 0, 10, 97, 0],
            // Binary values of a negative length and of the old form whose lengths differ.
            [13, 0, 0, 0, 5, 97, 0, 255, 255, 255, 255, 0, 0],
            [17, 0, 0, 0, 5, 97, 0, 4, 0, 0, 0, 2, 1, 0, 0, 0, 0],
        ]
        for bytes in lies {
            #expect(throws: WireError.self, "\(bytes)") { try read(bytes) }
        }
    }

    @Test func whatIsNestedDeeperThanAnyServerStoresIsRefusedAndNotRecursedInto() throws {
        func nested(_ depth: Int) -> [UInt8] {
            var value: BSONSample = 1
            for level in 0..<depth { value = level.isMultiple(of: 2) ? ["a": value] : [value] }
            return BSONSample.encoded([("a", value)])
        }
        try read(nested(200))
        #expect(throws: WireError.malformed("BSON nested too deep")) { try read(nested(300)) }
        // Deep enough to exhaust a stack that nobody watches; built without recursion.
        let depth = 20_000
        var bytes: [UInt8] = []
        for level in 0...depth {
            let length = 5 + 8 * (depth - level)
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
            if level < depth { bytes += [3, 97, 0] }
        }
        bytes += [UInt8](repeating: 0, count: depth + 1)
        #expect(throws: WireError.malformed("BSON nested too deep")) { try read(bytes) }
        var text: [UInt8] = [1]
        #expect(throws: WireError.self) { try text.append(bson: BSONDocument(bytes.span), as: .canonical) }
        #expect(throws: WireError.self) {
            try text.append(bsonKey: BSONValue(type: .document, bytes: bytes.span))
        }
        #expect(throws: WireError.self) {
            try BSONValue(type: .document, bytes: bytes.span).order(to: BSONValue(type: .document, bytes: bytes.span))
        }
        #expect(text == [1])
    }

    /// Reads everything there is to read of a document, and throws where any of it is malformed.
    private func read(_ bytes: [UInt8]) throws {
        let document = try BSONDocument(bytes.span)
        var text: [UInt8] = []
        try text.append(bson: document, as: .canonical)
        #expect(String(validating: text, as: UTF8.self) != nil)
        try text.append(bson: document, as: .plain(.init()))
        let value = try BSONValue(type: .document, bytes: bytes.span)
        try text.append(bsonKey: value)
        #expect(try value.order(to: value) == 0)
        try document.validate()
    }
}

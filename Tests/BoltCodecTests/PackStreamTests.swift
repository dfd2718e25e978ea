import Randomness
import BoltCodec
import ConnectorTestKit
import NIOCore
import Testing

@Suite struct PackStreamTests {
    /// Bytes as the specification has them.
    static let golden: [(PackStreamValue, [UInt8])] = [
        (.null, [0xC0]), (.boolean(true), [0xC3]), (.boolean(false), [0xC2]), (.integer(1), [1]),
        (.integer(-16), [0xF0]), (.integer(-17), [0xC8, 0xEF]), (.integer(127), [0x7F]),
        (.integer(128), [0xC9, 0, 0x80]),
        (.integer(-129), [0xC9, 0xFF, 0x7F]), (.integer(32_768), [0xCA, 0, 0, 0x80, 0]),
        (.integer(.min), [0xCB, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        (.float(6.283185307179586), [0xC1, 0x40, 0x19, 0x21, 0xFB, 0x54, 0x44, 0x2D, 0x18]),
        (.bytes([1, 2]), [0xCC, 2, 1, 2]), (.text(""), [0x80]), (.text("A"), [0x81, 0x41]),
        (.list([]), [0x90]), (.list([.integer(1), .null]), [0x92, 1, 0xC0]),
        (.map(["one": .text("eins")]), [0xA1, 0x83, 0x6F, 0x6E, 0x65, 0x84, 0x65, 0x69, 0x6E, 0x73]),
        (.structure(tag: 0x44, fields: [.integer(7)]), [0xB1, 0x44, 7]),
    ]

    static func read(_ bytes: [UInt8]) throws(PackStreamError) -> PackStreamValue {
        try PackStreamReader.value(bytes.span)
    }

    @Test func bytesAreThoseOfTheSpecification() throws {
        for (value, bytes) in Self.golden {
            var writer = PackStreamWriter()
            writer.append(value)
            #expect(writer.bytes == bytes, "\(value)")
            #expect(try Self.read(bytes) == value)
        }
    }

    @Test(arguments: [0, 1, 15, 16, 255, 256, 65_535, 65_536, 70_000])
    func everySizeComesBack(count: Int) throws {
        let values: [PackStreamValue] = [
            .text(String(repeating: "x", count: count)), .bytes(Array(repeating: 7, count: count)),
            .list(Array(repeating: .integer(1), count: count)),
            .map(Dictionary((0..<count).map { ("\($0)", .integer(Int64($0))) }) { first, _ in first }),
        ]
        for value in values {
            var writer = PackStreamWriter()
            writer.append(value)
            #expect(try Self.read(writer.bytes) == value)
        }
    }

    @Test(arguments: 0..<60)
    func anyValueComesBackAndNoDamageToItTraps(seed: Int) throws {
        var numbers = SeededNumbers(seed: UInt64(seed))
        let value = Self.random(&numbers, depth: 0)
        var writer = PackStreamWriter()
        writer.append(value)
        #expect(try Self.read(writer.bytes) == value)
        for count in 0..<min(writer.bytes.count, 200) {
            #expect(throws: PackStreamError.self) { try Self.read(Array(writer.bytes[..<count])) }
        }
        for _ in 0..<50 {
            var damaged = writer.bytes
            for _ in 0..<Int.random(in: 1...4, using: &numbers) {
                damaged[Int.random(in: 0..<damaged.count, using: &numbers)] = .random(in: 0...255, using: &numbers)
            }
            // A value or an error: either is fine, a trap is not.
            _ = try? Self.read(damaged)
            _ = try? BoltResponse(damaged)
        }
    }

    @Test func announcedSizesAreNotTrusted() {
        for bytes: [UInt8] in [
            [0xD6, 0xFF, 0xFF, 0xFF, 0xFF], [0xDA, 0xFF, 0xFF, 0xFF, 0xFF, 0x80], [0xD2, 0xFF, 0xFF, 0xFF, 0xFF, 0x41],
            [0xCE, 0xFF, 0xFF, 0xFF, 0xFF], [0xBF, 0x44], [0xD4, 0xFF, 0xC0],
        ] {
            #expect(throws: PackStreamError.self, "\(bytes)") { try Self.read(bytes) }
        }
    }

    @Test(arguments: [0x91, 0xB1] as [UInt8])
    func deepNestingIsAnError(marker: UInt8) {
        let unit: [UInt8] = marker == 0x91 ? [0x91] : [0xB1, 0x44]
        let bomb = [UInt8](Array(repeating: unit, count: 100_000).joined()) + [0xC0]
        #expect(throws: PackStreamError.depth) { try Self.read(bomb) }
        let map = [UInt8](Array(repeating: [0xA1, 0x80] as [UInt8], count: 100_000).joined()) + [0xC0]
        #expect(throws: PackStreamError.depth) { try Self.read(map) }
    }

    @Test func whatIsNoValueIsAnError() {
        for bytes: [UInt8] in [[], [0xC4], [0xDF], [0xEF], [0xC0, 0xC0], [0x81, 0xFF], [0xA1, 1, 1]] {
            #expect(throws: PackStreamError.self, "\(bytes)") { try Self.read(bytes) }
        }
        for bytes: [UInt8] in [[0xC0], [0xB0, 0x70], [0xB1, 0x71, 0xC0], [0xB0, 0x33]] {
            #expect(throws: PackStreamError.self, "\(bytes)") { try BoltResponse(bytes) }
        }
    }

    private static func random(_ numbers: inout SeededNumbers, depth: Int) -> PackStreamValue {
        switch Int.random(in: 0..<(depth > 3 ? 6 : 9), using: &numbers) {
        case 0: .null
        case 1: .boolean(.random(using: &numbers))
        case 2: .integer(Int64.random(in: .min ... .max, using: &numbers) >> Int64.random(in: 0...63, using: &numbers))
        case 3: .float(.random(in: -1e9...1e9, using: &numbers))
        case 4: .bytes((0..<Int.random(in: 0...40, using: &numbers)).map { UInt8($0) })
        case 5: .text(String(repeating: "é🦀x", count: .random(in: 0...30, using: &numbers)))
        case 6: .list((0..<Int.random(in: 0...20, using: &numbers)).map { _ in random(&numbers, depth: depth + 1) })
        case 7:
            .map(
                Dictionary(
                    (0..<Int.random(in: 0...20, using: &numbers)).map { ("k\($0)", random(&numbers, depth: depth + 1)) }
                ) { first, _ in first })
        default:
            .structure(
                tag: .random(in: 0...127, using: &numbers),
                fields: (0..<Int.random(in: 0...15, using: &numbers)).map { _ in random(&numbers, depth: depth + 1) })
        }
    }
}

@Suite struct BoltChunkTests {
    @Test(arguments: 0..<30)
    func messagesComeBackHoweverTheirBytesArrive(seed: Int) throws {
        var numbers = SeededNumbers(seed: UInt64(seed))
        var buffer = ByteBuffer()
        var sent: [[UInt8]] = []
        for _ in 0..<Int.random(in: 1...6, using: &numbers) {
            let sizes = [1, 2, 100, 65_534, 65_535, 65_536, 140_000]
            let message = (0..<sizes[Int.random(in: 0..<sizes.count, using: &numbers)]).map {
                UInt8(truncatingIfNeeded: $0)
            }
            sent.append(message)
            BoltChunks.append(message, to: &buffer)
            // What keeps a connection alive.
            for _ in 0..<Int.random(in: 0...2, using: &numbers) { buffer.writeInteger(UInt16(0)) }
        }
        var reader = BoltChunkReader(messageBytesMax: 1 << 20)
        var received: [[UInt8]] = []
        while buffer.readableBytes > 0 {
            let count = min(buffer.readableBytes, Int.random(in: 1...70_000, using: &numbers))
            let part = buffer.readSlice(length: count)
            if let part { reader.feed(part) }
            while let message = try reader.next() { received.append(message) }
        }
        #expect(received == sent)
    }

    @Test func aMessageThatNeverEndsIsRefused() throws {
        var reader = BoltChunkReader(messageBytesMax: 100_000)
        var chunk = ByteBuffer()
        chunk.writeInteger(UInt16(60_000))
        chunk.writeRepeatingByte(1, count: 60_000)
        reader.feed(chunk)
        let none = try reader.next()
        #expect(none == nil)
        reader.feed(chunk)
        do {
            _ = try reader.next()
            Issue.record("a message without an end was taken")
        } catch {
            #expect(error == .tooLarge)
        }
    }

    @Test func versionsAreChosenAmongThoseThatAreSpoken() {
        #expect(BoltVersion(answer: [0, 0, 4, 5]) == BoltVersion(5, 4))
        #expect(BoltVersion(answer: [0, 0, 0, 5]) == BoltVersion(5, 0))
        #expect(BoltVersion(answer: [0, 0, 4, 4]) == .oldest)
        for answer: [UInt8] in [
            [0, 0, 0, 0], [0, 0, 5, 5], [0, 0, 3, 4], [0, 0, 0, 6], [0x48, 0x54, 0x54, 0x50], [],
        ] {
            #expect(BoltVersion(answer: answer) == nil)
        }
    }
}

import Testing

@testable import MongoClient

struct LibraryBuffersTests {
    /// Sizes on both sides of where buffers begin to be kept, and beyond what is kept of them.
    private static let sizes = [1, 4_096, 131_071, 131_072, 131_073, 1 << 20, 3 << 20, 20 << 20]

    @Test func whatABufferHoldsSurvivesEveryChangeOfItsSize() throws {
        var number: UInt64 = 7
        func next(_ count: Int) -> Int {
            number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(number >> 33) % count
        }
        var held: [(bytes: UnsafeMutableRawBufferPointer, mark: UInt8)] = []
        for step in 0..<400 {
            let size = Self.sizes[next(Self.sizes.count)]
            switch next(3) {
            case 0:
                let made = try #require(LibraryBuffers.allocate(size))
                let bytes = UnsafeMutableRawBufferPointer(start: made, count: size)
                // The first, the middle and the last byte stand for all of them.
                for place in [0, size / 2, size - 1] { bytes[place] = UInt8(truncatingIfNeeded: step) }
                held.append((bytes, UInt8(truncatingIfNeeded: step)))
            case 1 where !held.isEmpty:
                let place = next(held.count)
                let (old, mark) = held[place]
                let made = try #require(LibraryBuffers.resize(old.baseAddress, to: size))
                let bytes = UnsafeMutableRawBufferPointer(start: made, count: size)
                #expect(bytes[0] == mark && (old.count / 2 >= size || bytes[old.count / 2] == mark))
                for place in [0, size / 2, size - 1] { bytes[place] = mark }
                held[place] = (bytes, mark)
            case 2 where held.count > 6:
                LibraryBuffers.release(held.remove(at: next(held.count)).bytes.baseAddress)
            default: break
            }
            // Nobody wrote into another's.
            for (bytes, mark) in held { #expect(bytes[0] == mark && bytes[bytes.count - 1] == mark) }
        }
        for (bytes, _) in held { LibraryBuffers.release(bytes.baseAddress) }
    }
}

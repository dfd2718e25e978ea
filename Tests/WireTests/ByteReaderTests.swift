import Testing
import Wire

@Suite struct ByteReaderTests {
    @Test func fieldsAreReadFrontToBackInNetworkOrder() throws {
        let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0x61, 0x62, 0, 0x63]
        var reader = ByteReader(bytes.span)
        #expect(try reader.readUInt8() == 0x01)
        #expect(try reader.readUInt16() == 0x0203)
        #expect(try reader.readUInt32() == 0x0405_0607)
        #expect(try reader.readUInt64() == 0x0809_0a0b_0c0d_0e0f)
        #expect(try reader.readCString() == "ab")
        #expect(try reader.skip(1) == 18..<19)
        #expect(reader.remaining == 0)
    }

    @Test func readingPastTheEndThrowsAtEveryLength() {
        for length in 0..<8 {
            let bytes = [UInt8](repeating: 1, count: length)
            #expect(throws: WireError.truncated(at: 0, needed: 8, available: length)) {
                var reader = ByteReader(bytes.span)
                _ = try reader.readUInt64()
            }
            #expect(throws: WireError.unterminatedString(at: 0)) {
                var reader = ByteReader(bytes.span)
                _ = try reader.skipCString()
            }
        }
        #expect(throws: WireError.negativeLength(at: 0)) {
            var reader = ByteReader([UInt8](repeating: 0, count: 4).span)
            _ = try reader.skip(-1)
        }
    }
}

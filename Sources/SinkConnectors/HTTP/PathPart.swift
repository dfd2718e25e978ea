internal import Wire

/// One part of a URL's path, with everything escaped that is not unreserved (RFC 3986, section 2.3).
enum PathPart {
    /// - Parameter isPattern: whether stars stay, which stand for anything.
    static func encode(_ text: String, isPattern: Bool = false) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.append(byte)
            case UInt8(ascii: "*") where isPattern:
                encoded.append(byte)
            default:
                encoded.append(UInt8(ascii: "%"))
                encoded.append(upper(byte >> 4))
                encoded.append(upper(byte & 15))
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static func upper(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "A") + nibble - 10
    }
}

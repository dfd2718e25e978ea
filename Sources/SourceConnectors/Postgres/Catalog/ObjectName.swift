/// Names of slots and publications: so narrow that they need no quoting anywhere.
enum ObjectName {
    /// Whether a name has 1 to `lengthMax` of the characters a-z, 0-9 and underscore.
    static func isValid(_ name: String, lengthMax: Int = 63) -> Bool {
        (1...lengthMax).contains(name.utf8.count) && name.utf8.allSatisfy(isAllowed)
    }

    /// A valid name that resembles `name`.
    static func nearest(to name: String, lengthMax: Int = 63) -> String {
        let bytes = name.lowercased().unicodeScalars.prefix(lengthMax).map { scalar in
            scalar.isASCII && isAllowed(UInt8(scalar.value)) ? UInt8(scalar.value) : UInt8(ascii: "_")
        }
        return bytes.isEmpty ? "millrace" : String(decoding: bytes, as: UTF8.self)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        default: false
        }
    }
}

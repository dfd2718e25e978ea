internal import Wire

/// What a resume token says, as far as it is known. Its text is the server's own; what cannot be read is not used.
public enum ResumeToken {
    /// The cluster time that a token stands at; nil where it has another form than servers give it today.
    ///
    /// `_data` is the hexadecimal form of a key that begins with the type of a timestamp and its eight bytes.
    public static func clusterTime(of token: [UInt8]) -> MongoTimestamp? {
        guard let text = data(of: token), text.count >= 18 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 18, by: 2) {
            guard let high = digit(text[index]), let low = digit(text[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        guard bytes[0] == timestampMark else { return nil }
        let number = bytes[1...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return MongoTimestamp(seconds: UInt32(number >> 32), increment: UInt32(truncatingIfNeeded: number))
    }

    private static let timestampMark: UInt8 = 0x82

    private static func data(of token: [UInt8]) -> [UInt8]? {
        do {
            var elements = try BSONDocument(token.span).elements
            while try elements.advance() {
                guard elements.type == .string, elements.name.isEqual(to: "_data") else { continue }
                return [UInt8](copying: elements.value.text)
            }
        } catch {}
        return nil
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

internal import Wire

/// Replaces the characters of a text by asterisks, up to the last few.
struct Masking: Sendable {
    /// How many characters stay visible at the end; none of a text that has no more than these.
    let visible: Int

    func append(_ text: Span<UInt8>, to output: inout [UInt8]) {
        var count = 0
        for index in text.indices where text[index] & 0xC0 != 0x80 { count += 1 }
        let hidden = count > visible ? count - visible : count
        var seen = 0
        for index in text.indices {
            if text[index] & 0xC0 != 0x80 {
                seen += 1
                if seen <= hidden { output.append(UInt8(ascii: "*")) }
            }
            if seen > hidden { output.append(text[index]) }
        }
    }
}

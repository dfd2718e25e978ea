/// The rules for names of indices, which are the same in Elasticsearch 7 to 9 and OpenSearch.
enum IndexName {
    static let bytesMax = 255

    /// Why a text cannot name an index; nil where it can. The reason never repeats the text.
    static func problem(with name: String) -> String? {
        let bytes = Array(name.utf8)
        return problem(with: bytes.span)
    }

    static func problem(with name: Span<UInt8>) -> String? {
        guard !name.isEmpty else { return "it is empty" }
        guard name.count <= bytesMax else { return "it is longer than \(bytesMax) bytes" }
        if name.count == 1, name[0] == UInt8(ascii: ".") { return "it is a dot" }
        if name.count == 2, name[0] == UInt8(ascii: "."), name[1] == UInt8(ascii: ".") { return "it is two dots" }
        if name[0] == UInt8(ascii: "-") || name[0] == UInt8(ascii: "_") || name[0] == UInt8(ascii: "+") {
            return "it begins with -, _ or +"
        }
        for index in name.indices {
            switch name[index] {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): return "it has an upper-case letter"
            case 0...0x20, 0x7F: return "it has a space or a control character"
            case UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "\""),
                UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "|"), UInt8(ascii: ","), UInt8(ascii: "#"),
                UInt8(ascii: ":"):
                return #"it has one of \ / * ? " < > | , # :"#
            default: continue
            }
        }
        return nil
    }
}

internal import Connector

/// Every key that a template can make, as Redis finds them.
enum KeyPattern: Equatable {
    /// The template has no column: there is one key.
    case single([UInt8])
    /// A pattern for `SCAN … MATCH`. Keys of other templates may match it too.
    case glob([UInt8])

    init(_ template: Template) {
        var pattern: [UInt8] = []
        var key: [UInt8] = []
        for segment in template.segments {
            switch segment {
            case .literal(let bytes):
                key += bytes
                for byte in bytes {
                    if Self.special.contains(byte) { pattern.append(UInt8(ascii: "\\")) }
                    pattern.append(byte)
                }
            case .column:
                if pattern.last != UInt8(ascii: "*") || pattern.dropLast().last == UInt8(ascii: "\\") {
                    pattern.append(UInt8(ascii: "*"))
                }
            }
        }
        self = template.columns.isEmpty ? .single(key) : .glob(pattern)
    }

    private static let special = Array("*?[]\\^-".utf8)
}

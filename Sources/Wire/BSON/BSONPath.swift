/// A path to one value within a document: `category.id`, `images[0].url`.
///
/// Steps are kept apart and never split again, so that no name is misread. A step that goes through a value which is
/// neither a document with that field nor an array of that length leads nowhere; arrays are never looked through.
public struct BSONPath: Hashable, Sendable {
    public enum Step: Hashable, Sendable {
        case field([UInt8])
        /// Counted from zero.
        case index(Int)
    }

    public var steps: [Step]

    public init(_ steps: [Step]) {
        self.steps = steps
    }

    /// Reads a name with the steps that follow it, such as `images[0].url`; nil for a text of another form.
    public static func parse(_ text: String) -> (name: String, path: BSONPath)? {
        let bytes = Array(text.utf8)
        var index = bytes.firstIndex { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") } ?? bytes.count
        guard index > 0 else { return nil }
        let name = bytes[..<index]
        var steps: [Step] = []
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: ".") {
                let rest = bytes[(index + 1)...]
                let end = rest.firstIndex { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") } ?? bytes.count
                guard end > index + 1 else { return nil }
                steps.append(.field(Array(bytes[(index + 1)..<end])))
                index = end
            } else {
                guard bytes[index] == UInt8(ascii: "["), let end = bytes[index...].firstIndex(of: UInt8(ascii: "]")),
                    let number = Int(String(decoding: bytes[(index + 1)..<end], as: UTF8.self)), number >= 0
                else { return nil }
                steps.append(.index(number))
                index = end + 1
            }
        }
        return (String(decoding: name, as: UTF8.self), BSONPath(steps))
    }

    /// Where the path leads from a value, or nil where it leads nowhere.
    public func place(from start: BSONPlace, in bytes: Span<UInt8>) throws(WireError) -> BSONPlace? {
        var place = start
        for step in steps {
            let next: BSONPlace? =
                switch step {
                case .field(let name): try place.field(name.span, in: bytes)
                case .index(let index): try place.element(index, in: bytes)
                }
            guard let next else { return nil }
            place = next
        }
        return place
    }
}

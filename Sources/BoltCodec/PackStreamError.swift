/// What a server sent that PackStream or Bolt does not allow.
public enum PackStreamError: Error, Hashable, CustomStringConvertible {
    /// The bytes end within a value.
    case truncated
    /// The byte begins no value.
    case marker(UInt8)
    /// More elements are announced than bytes follow.
    case count
    case depth
    case notText
    case trailing
    /// A message that is none of Bolt's, or not one that was due.
    case message
    case tooLarge

    public var description: String {
        switch self {
        case .truncated: "a message ends within a value"
        case .marker(let byte): "a message holds the byte \(byte), which begins no value"
        case .count: "a message announces more than it holds"
        case .depth: "a message nests too deeply"
        case .notText: "a message holds text that is not UTF-8"
        case .trailing: "a message goes on after its value"
        case .message: "a message is none that was due"
        case .tooLarge: "a message is larger than any that was asked for"
        }
    }
}

/// Why bytes could not be read. Offsets count from the start of the message.
public enum WireError: Error, Equatable {
    case truncated(at: Int, needed: Int, available: Int)
    case negativeLength(at: Int)
    case unterminatedString(at: Int)
    /// The bytes have the right length but not the right form, such as a date with thirteen months.
    case malformed(String)
}

extension WireError {
    /// The same error, saying which column's cell it was.
    public func inColumn(_ name: String) -> WireError {
        switch self {
        case .malformed(let what): .malformed("\(what) in column \(name)")
        case .truncated, .negativeLength, .unterminatedString: .malformed("cell in column \(name): \(self)")
        }
    }
}

extension WireError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .truncated(let offset, let needed, let available):
            "truncated at byte \(offset): \(needed) bytes needed, \(available) left"
        case .negativeLength(let offset): "negative length before byte \(offset)"
        case .unterminatedString(let offset): "string from byte \(offset) has no end"
        case .malformed(let what): "malformed \(what)"
        }
    }
}

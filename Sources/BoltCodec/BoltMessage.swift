/// The messages of Bolt, by the tags of their structures.
public enum BoltTag {
    public static let hello: UInt8 = 0x01
    public static let goodbye: UInt8 = 0x02
    public static let reset: UInt8 = 0x0F
    public static let run: UInt8 = 0x10
    public static let begin: UInt8 = 0x11
    public static let commit: UInt8 = 0x12
    public static let rollback: UInt8 = 0x13
    public static let discard: UInt8 = 0x2F
    public static let pull: UInt8 = 0x3F
    public static let route: UInt8 = 0x66
    public static let logon: UInt8 = 0x6A
    public static let success: UInt8 = 0x70
    public static let record: UInt8 = 0x71
    public static let ignored: UInt8 = 0x7E
    public static let failure: UInt8 = 0x7F
}

/// What a server sends.
public enum BoltResponse: Hashable, Sendable {
    case record([PackStreamValue])
    case success([String: PackStreamValue])
    case failure(BoltFailure)
    /// A request after one that failed.
    case ignored

    /// Reads one message.
    public init(_ message: [UInt8]) throws(PackStreamError) {
        guard case .structure(let tag, let fields) = try PackStreamReader.value(message.span) else { throw .message }
        switch (tag, fields.first) {
        case (BoltTag.record, .list(let values)): self = .record(values)
        case (BoltTag.success, .map(let metadata)): self = .success(metadata)
        case (BoltTag.failure, .some(let metadata)):
            self = .failure(BoltFailure(code: metadata["code"]?.text ?? "", message: metadata["message"]?.text ?? ""))
        case (BoltTag.ignored, _): self = .ignored
        default: throw .message
        }
    }
}

/// A refusal of the server: a code such as `Neo.ClientError.Schema.ConstraintValidationFailed`, and words that may hold
/// values of a row.
public struct BoltFailure: Hashable, Sendable {
    public var code: String
    public var message: String

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

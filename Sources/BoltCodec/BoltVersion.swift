/// A version of the Bolt protocol.
public struct BoltVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var major: UInt8
    public var minor: UInt8

    public init(_ major: UInt8, _ minor: UInt8) {
        self.major = major
        self.minor = minor
    }

    public static let oldest = BoltVersion(4, 4)
    public static let newest = BoltVersion(5, 4)

    public static func < (left: BoltVersion, right: BoltVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    public var description: String { "\(major).\(minor)" }

    /// What a client says first: the identification, and the versions that it speaks, the best first.
    public static let handshake: [UInt8] = [
        0x60, 0x60, 0xB0, 0x17,
        // 5.4 and the four before it, then 4.4.
        0, 4, 4, 5, 0, 0, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0,
    ]

    /// The version that a server has chosen; nil where it speaks none of them.
    public init?(answer: [UInt8]) {
        guard answer.count == 4, answer[0] == 0, answer[1] == 0 else { return nil }
        self.init(answer[3], answer[2])
        guard self == .oldest || (major == 5 && self <= .newest) else { return nil }
    }

    /// Whether authentication is a message of its own.
    public var hasLogon: Bool { self >= BoltVersion(5, 1) }
    /// Whether a client can ask for no notifications.
    public var hasNotificationFilter: Bool { self >= BoltVersion(5, 2) }
    /// Whether a client names its platform.
    public var hasAgent: Bool { self >= BoltVersion(5, 3) }
    /// Whether times with a zone are counted in UTC without having asked for it.
    public var countsInUTC: Bool { major >= 5 }
}

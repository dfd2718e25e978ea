/// A cluster time: seconds since 1970 and a counter within the second. The order of the oplog.
public struct MongoTimestamp: Hashable, Comparable, Sendable {
    public var seconds: UInt32
    public var increment: UInt32

    public init(seconds: UInt32, increment: UInt32) {
        self.seconds = seconds
        self.increment = increment
    }

    public static func < (left: MongoTimestamp, right: MongoTimestamp) -> Bool {
        (left.seconds, left.increment) < (right.seconds, right.increment)
    }
}

extension MongoTimestamp: CustomStringConvertible {
    public var description: String { "\(seconds).\(increment)" }
}

/// How BSON becomes JSON.
public enum BSONJSONForm: Hashable, Sendable {
    /// MongoDB Extended JSON, version 2, canonical: nothing is lost, the types of numbers included.
    case canonical
    /// The JSON that a reader who knows nothing of BSON expects; see ``Plain``.
    case plain(Plain)

    /// Whether milliseconds since 1970 are a date of the years 1 to 9999, which the plain form writes as ISO 8601.
    public static func hasPlainDate(_ milliseconds: Int64) -> Bool { BSONJSONWriter.plainDates.contains(milliseconds) }

    /// Values become what JSON has for them:
    ///
    /// - `int` and `long` numbers with every digit, `double` a number, NaN and the infinities `"NaN"`, `"Infinity"` and
    ///   `"-Infinity"`; `decimal` a string or a number with every digit, never rounded.
    /// - `date` ISO 8601 in UTC for the years 1 to 9999: `"2026-11-21T14:00:00.5Z"`; any other date
    ///   `{"$date":{"$numberLong":"…"}}` in milliseconds since 1970.
    /// - `objectId` its hexadecimal digits, a UUID its text, other binary values base64 or hexadecimal; their subtype is
    ///   not told.
    /// - `symbol` a string.
    /// - What JSON has nothing for stays Extended JSON: `regex`, `timestamp`, code, `dbPointer`, `undefined`, the two
    ///   ends of the order.
    public struct Plain: Hashable, Sendable {
        /// Whether decimals are strings and not numbers.
        public var quotesDecimals: Bool
        /// Whether binary values are hexadecimal and not base64.
        public var hasHexBinary: Bool

        public init(quotesDecimals: Bool = true, hasHexBinary: Bool = false) {
            self.quotesDecimals = quotesDecimals
            self.hasHexBinary = hasHexBinary
        }
    }
}

/// How cells become JSON, where there is a choice. Every choice is exact unless it says otherwise.
public struct JSONForm: Hashable, Sendable {
    public var decimals: Decimals
    public var bytes: Bytes
    public var invalidText: InvalidText
    public var documents: Documents

    public enum Decimals: Hashable, Sendable {
        /// A string with every digit: `"1.00"`.
        case text
        /// A number with every digit: `1.00`. Many readers then round it to a double. NaN and infinities are strings.
        case number
    }

    public enum Bytes: Hashable, Sendable {
        case base64
        /// Lower-case digits without a prefix.
        case hex
    }

    /// What happens to text that is not UTF-8, which a source with the encoding SQL_ASCII can hold.
    public enum InvalidText: Hashable, Sendable {
        /// The cell is refused as malformed.
        case refused
        /// U+FFFD takes the place of what is not UTF-8: the text is changed.
        case repaired
    }

    /// What becomes of BSON.
    public enum Documents: Hashable, Sendable {
        /// The JSON that any reader expects: see ``Wire/BSONJSONForm/Plain``.
        case plain
        /// Canonical Extended JSON, from which every type can be read back; decimals and bytes are as it has them.
        case canonical
    }

    public init(
        decimals: Decimals = .text, bytes: Bytes = .base64, invalidText: InvalidText = .refused,
        documents: Documents = .plain
    ) {
        self.decimals = decimals
        self.bytes = bytes
        self.invalidText = invalidText
        self.documents = documents
    }
}

public import Change

/// A type as the server's catalog describes it.
public struct PostgresType: Sendable, Equatable {
    public var oid: UInt32
    /// As `format_type` writes it without a modifier: quoted and qualified where that is needed.
    public var name: String
    public var kind: Kind

    /// How a type is made.
    public enum Kind: Sendable, Equatable {
        /// Stands for itself.
        case base(DataType)
        case array(element: UInt32)
        case domain(of: UInt32, modifier: Int32)
        case enumeration(labels: [String])
        case composite([Field])
        case range(of: UInt32)
        case multirange(of: UInt32)
    }

    /// A field of a composite type.
    public struct Field: Sendable, Equatable {
        public var name: String
        public var type: UInt32
        public var modifier: Int32

        public init(name: String, type: UInt32, modifier: Int32) {
            self.name = name
            self.type = type
            self.modifier = modifier
        }
    }

    public init(oid: UInt32, name: String, kind: Kind) {
        self.oid = oid
        self.name = name
        self.kind = kind
    }
}

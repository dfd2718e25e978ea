/// How rows are shaped before a sink maps them, as a pipeline file says it: not yet checked against a table.
///
/// `where`, `compute` and every template see the source's columns and the computed ones, under their own names; a name
/// that both have means the source's. Only what is written goes by `select`, `omit`, `rename`, `mask` and `digest`.
public struct TransformSpec: Sendable, Hashable {
    /// The columns to write, in order; nil for all, the computed ones included.
    public var select: [Located<String>]?
    public var omit: [Located<String>]
    public var rename: [Rename]
    /// The expression that a row must pass to be in the sink.
    public var filter: LocatedText?
    /// New columns, in order; a later one may use an earlier one. A name that the table has replaces that column's
    /// value in what is written.
    public var compute: [Computation]
    public var mask: [Mask]
    public var digest: [Digest]
    /// The key of the digests, if given.
    public var digestKey: Secret?

    public init(
        select: [Located<String>]? = nil, omit: [Located<String>] = [], rename: [Rename] = [],
        filter: LocatedText? = nil, compute: [Computation] = [], mask: [Mask] = [], digest: [Digest] = [],
        digestKey: Secret? = nil
    ) {
        self.select = select
        self.omit = omit
        self.rename = rename
        self.filter = filter
        self.compute = compute
        self.mask = mask
        self.digest = digest
        self.digestKey = digestKey
    }

    /// A column and the name it is written by.
    public struct Rename: Sendable, Hashable {
        public var column: Located<String>
        public var name: Located<String>

        public init(column: Located<String>, name: Located<String>) {
            self.column = column
            self.name = name
        }
    }

    /// A new column: an expression, or a template where the text holds a brace outside quotes.
    public struct Computation: Sendable, Hashable {
        public var name: Located<String>
        public var expression: LocatedText

        public init(name: Located<String>, expression: LocatedText) {
            self.name = name
            self.expression = expression
        }
    }

    /// A column whose text is written masked.
    public struct Mask: Sendable, Hashable {
        public var column: Located<String>
        /// How many characters stay visible at the end.
        public var visible: Int

        public init(column: Located<String>, visible: Int) {
            self.column = column
            self.visible = visible
        }
    }

    /// A column that is written as a digest in lower-case hexadecimal: an HMAC where ``digestKey`` is given.
    public struct Digest: Sendable, Hashable {
        public var column: Located<String>
        public var algorithm: Algorithm

        public init(column: Located<String>, algorithm: Algorithm) {
            self.column = column
            self.algorithm = algorithm
        }

        public enum Algorithm: String, Sendable, Hashable, CaseIterable {
            case sha256
            case sha384
            case sha512
        }
    }
}

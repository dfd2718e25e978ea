/// What went wrong, who failed, and where: the one error type that crosses modules.
///
/// The message never holds a row's value, SQL text, a URL or a secret. What to do about an error is not in the error:
/// the engine's retry table decides by ``code``.
public struct MillraceError: Error, Sendable {
    public let code: Code
    /// A sentence for the operator: what failed, and what to do about it.
    public let message: String
    /// The table, slot, index or file concerned, if one is.
    public let place: String?
    public let underlying: (any Error)?

    public init(_ code: Code, _ message: String, place: String? = nil, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.place = place
        self.underlying = underlying
    }

    /// Who failed and how. Open: new codes do not break a caller.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Name: String {
            case configuration
            case sourceUnavailable, sourceRejected, sourceChanged, positionLost, slotInUse, malformedSource,
                snapshotVoid
            case sinkUnavailable, sinkRejected, sinkReplaced
            case stateUnavailable, stateForeign, stateInUse, epochSpent
            case runEnded
            case invariant
        }
        private let name: Name

        /// The configuration is wrong; nothing was started.
        public static let configuration = Self(name: .configuration)
        /// The source does not answer; connecting again may help.
        public static let sourceUnavailable = Self(name: .sourceUnavailable)
        /// The source answered with a refusal that repeating does not change.
        public static let sourceRejected = Self(name: .sourceRejected)
        /// It is not the source that the checkpoint belongs to.
        public static let sourceChanged = Self(name: .sourceChanged)
        /// The source no longer has the position to resume from.
        public static let positionLost = Self(name: .positionLost)
        /// Another process reads the stream.
        public static let slotInUse = Self(name: .slotInUse)
        /// The source sent what its protocol does not allow.
        public static let malformedSource = Self(name: .malformedSource)
        /// A snapshot's plan no longer fits its table: plan the table again and read it from the beginning.
        public static let snapshotVoid = Self(name: .snapshotVoid)
        /// The sink does not answer; trying again may help.
        public static let sinkUnavailable = Self(name: .sinkUnavailable)
        /// The sink answered with a refusal that repeating does not change.
        public static let sinkRejected = Self(name: .sinkRejected)
        /// The sink is not, or may not be, the one that the checkpoint was made for: its marker must be read again.
        public static let sinkReplaced = Self(name: .sinkReplaced)
        /// The state folder cannot be written or read.
        public static let stateUnavailable = Self(name: .stateUnavailable)
        /// The state is damaged, of another pipeline, or of a newer format.
        public static let stateForeign = Self(name: .stateForeign)
        /// Another process runs the pipeline.
        public static let stateInUse = Self(name: .stateInUse)
        /// Positions have gone back as often as a version can tell.
        public static let epochSpent = Self(name: .epochSpent)
        /// The pipeline was stopped, or opened its connectors again, while something of it was under way.
        public static let runEnded = Self(name: .runEnded)
        /// Millrace broke one of its own rules.
        public static let invariant = Self(name: .invariant)

        public var description: String { name.rawValue }
    }
}

extension MillraceError: CustomStringConvertible {
    public var description: String {
        let subject = place.map { "\($0): " } ?? ""
        guard let underlying else { return "\(subject)\(message)" }
        return "\(subject)\(message) (\(underlying))"
    }
}

internal import Wire

/// Where a change stream is opened.
public enum ChangeStreamStart: Sendable, Equatable {
    /// With the first event at or after this time.
    case atOperationTime(MongoTimestamp)
    /// After the event of a token.
    case resumeAfter([UInt8])
    /// After an event that ended the stream before.
    case startAfter([UInt8])
}

/// Where a change stream is opened again after an error, by the drivers' specification ("Change Streams", resume process),
/// without I/O.
///
/// Everything that was received counts as consumed: the caller keeps it.
public struct ResumePoint: Sendable, Equatable {
    public private(set) var start: ChangeStreamStart
    /// Whether the stream ended with an event and was not opened after it yet.
    public private(set) var hasEnded = false

    public init(_ start: ChangeStreamStart) {
        self.start = start
    }

    /// An event was taken in whole.
    public mutating func consumed(token: [UInt8]) { start = .resumeAfter(token) }

    /// Every event of an answer was taken in whole; the server says where the stream stands after it.
    public mutating func consumedAll(postBatchToken: [UInt8]?) {
        if let postBatchToken, !hasEnded { start = .resumeAfter(postBatchToken) }
    }

    /// The stream ended with an event; a resume after it would be refused.
    public mutating func invalidated(token: [UInt8]) {
        start = .startAfter(token)
        hasEnded = true
    }

    /// A stream was opened from ``start``.
    public mutating func opened() { hasEnded = false }

    /// Whether a stream that failed with this error while it was read is opened again at once.
    ///
    /// An allow-list: the network, a lost cursor, and what the server itself labels so.
    public static func isResumable(_ error: MongoError) -> Bool {
        switch error.kind {
        case .connectionLost: true
        case .server: error.isLabelledResumable || error.code == .cursorNotFound
        case .configuration, .unreachable, .authentication, .protocolViolation, .answerTooLarge: false
        }
    }
}

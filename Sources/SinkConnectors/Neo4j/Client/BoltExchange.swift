internal import BoltCodec
internal import NIOCore

/// Requests sent at once, and who waits for all their replies.
struct BoltExchange: Sendable {
    var bytes: ByteBuffer
    var replyCount: Int
    var promise: EventLoopPromise<[BoltReply]>
}

/// The reply to one request: its records, and how it ended.
struct BoltReply: Sendable, Hashable {
    enum End: Sendable, Hashable {
        case success([String: PackStreamValue])
        case failure(BoltFailure)
        /// An earlier request failed, and this one was not looked at.
        case ignored
    }

    var records: [[PackStreamValue]]
    var end: End

    var metadata: [String: PackStreamValue] {
        if case .success(let metadata) = end { metadata } else { [:] }
    }

    var failure: BoltFailure? {
        if case .failure(let failure) = end { failure } else { nil }
    }
}

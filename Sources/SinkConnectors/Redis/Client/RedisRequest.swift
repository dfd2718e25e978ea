internal import NIOCore
internal import RedisCodec

/// Commands sent at once, and who waits for all their replies.
struct RedisRequest: Sendable {
    var bytes: ByteBuffer
    var replyCount: Int
    var promise: EventLoopPromise<[RedisReply]>
}

internal import CHiredis
public import NIOCore

/// Reads replies out of the bytes of a server as they come: hiredis's RESP2 reader, with limits.
///
/// Not thread-safe: one connection feeds one reader. After an error it throws the same error for ever.
public final class RedisReplyReader {
    private let reader: UnsafeMutablePointer<redisReader>?
    private let assembly: ReplyAssembly
    private let bytesMax: Int
    private var failure: RedisCodecError?

    /// - Parameters:
    ///   - bytesMax: how many bytes of an unfinished reply are kept.
    ///   - elementsMax: how many elements the arrays of one reply may have together.
    public init(bytesMax: Int = 64 << 20, elementsMax: Int = 1 << 20) {
        self.bytesMax = bytesMax
        assembly = ReplyAssembly(elementsMax: elementsMax)
        reader = redisReaderCreateWithFunctions(ReplyAssembly.functions)
        // SAFETY: the assembly lives as long as the reader, which frees the C reader in its deinit.
        reader?.pointee.privdata = Unmanaged.passUnretained(assembly).toOpaque()
        if reader == nil { failure = .outOfMemory }
    }

    deinit {
        redisReaderFree(reader)
    }

    /// Takes bytes as they were received, all of them.
    public func feed(_ bytes: ByteBuffer) throws(RedisCodecError) {
        if let failure { throw failure }
        // SAFETY: hiredis copies the bytes before it returns.
        let status = bytes.withUnsafeReadableBytes { raw in
            redisReaderFeed(reader, raw.baseAddress?.assumingMemoryBound(to: CChar.self), raw.count)
        }
        if status != REDIS_OK { throw fail(.outOfMemory) }
    }

    /// The next whole reply, or nil when more bytes are needed for one.
    public func next() throws(RedisCodecError) -> RedisReply? {
        if let failure { throw failure }
        var object: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &object) == REDIS_OK, let reader else {
            throw fail(assembly.refusal ?? (isOutOfMemory ? .outOfMemory : .malformed))
        }
        guard object != nil else {
            if reader.pointee.len - reader.pointee.pos > bytesMax { throw fail(.replyTooLarge(bytesMax: bytesMax)) }
            return nil
        }
        return assembly.takeReply()
    }

    private var isOutOfMemory: Bool { reader?.pointee.err == REDIS_ERR_OOM }

    private func fail(_ error: RedisCodecError) -> RedisCodecError {
        failure = error
        return error
    }
}

internal import CHiredis

/// Takes what hiredis reads, in the order of its reading: an array before its elements.
///
/// hiredis calls back with C objects of its own; here every callback appends one token instead, and a whole reply is put
/// together when the reader says it is complete. Nothing is allocated on the C side.
final class ReplyAssembly {
    enum Token {
        case leaf(RedisReply)
        case array(count: Int)
    }

    private var tokens: [Token] = []
    private let elementsMax: Int
    /// How many elements the arrays of the reply being read have together.
    private var announced = 0
    /// Why a callback refused to go on, where one did.
    private(set) var refusal: RedisCodecError?

    init(elementsMax: Int) {
        self.elementsMax = elementsMax
    }

    /// Takes one token; false makes hiredis stop with an error.
    fileprivate func take(_ token: Token) -> Bool {
        if case .array(let count) = token {
            announced += count
            guard announced <= elementsMax else {
                refusal = .tooManyElements(elementsMax: elementsMax)
                return false
            }
        }
        tokens.append(token)
        return true
    }

    /// The reply that the tokens make.
    func takeReply() -> RedisReply {
        var index = 0
        let reply = assemble(&index)
        tokens.removeAll(keepingCapacity: tokens.count < 4096)
        announced = 0
        return reply
    }

    /// Recursion ends: hiredis nests at most seven arrays.
    private func assemble(_ index: inout Int) -> RedisReply {
        guard index < tokens.count else { return .null }
        let token = tokens[index]
        index += 1
        switch token {
        case .leaf(let reply): return reply
        case .array(let count):
            var elements: [RedisReply] = []
            elements.reserveCapacity(count)
            for _ in 0..<count { elements.append(assemble(&index)) }
            return .array(elements)
        }
    }
}

extension ReplyAssembly {
    /// The callbacks, made once. hiredis only reads the table.
    // SAFETY: initialised before it is shared and never written again.
    nonisolated(unsafe) static let functions: UnsafeMutablePointer<redisReplyObjectFunctions> = {
        let table = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
        table.initialize(
            to: redisReplyObjectFunctions(
                createString: { task, bytes, count in take(task) { .leaf(leaf($0, bytes, count)) } },
                createArray: { task, count in take(task) { _ in .array(count: Int(count)) } },
                createInteger: { task, number in take(task) { _ in .leaf(.integer(number)) } },
                createNil: { task in take(task) { _ in .leaf(.null) } },
                freeObject: { _ in }))
        return table
    }()

    /// Hands a token to the assembly behind a task; returns what hiredis takes for the object: anything but nil.
    private static func take(
        _ task: UnsafePointer<redisReadTask>?, _ token: (redisReadTask) -> Token
    ) -> UnsafeMutableRawPointer? {
        guard let task = task?.pointee, let context = task.privdata else { return nil }
        // SAFETY: the reader that owns the assembly put it there, and outlives every callback.
        let assembly = Unmanaged<ReplyAssembly>.fromOpaque(context).takeUnretainedValue()
        return assembly.take(token(task)) ? context : nil
    }

    private static func leaf(_ task: redisReadTask, _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> RedisReply {
        // SAFETY: hiredis passes `count` bytes that stay in place during the callback; they are copied here.
        let content = UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count)
        switch task.type {
        case REDIS_REPLY_STATUS: return .status(String(decoding: content, as: UTF8.self))
        case REDIS_REPLY_ERROR: return .error(RedisReplyError(message: String(decoding: content, as: UTF8.self)))
        default: return .bulk(Array(content))
        }
    }
}

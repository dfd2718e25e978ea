internal import BoltCodec
internal import NIOCore
internal import Synchronization

/// Serves one connection of a scripted server.
final class ScriptedBoltConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let number: Int
    private let manner: ScriptedBoltServer.Manner
    private let box: ScriptedBoltServer.Box
    private let script: ScriptedBoltServer.Script
    private var start: ByteBuffer? = ByteBuffer()
    private var reader = BoltChunkReader(messageBytesMax: 1 << 26)
    private var hasFailed = false
    private var isSilent = false
    private var held: [UInt8] = []
    private var isHolding: Bool
    private var written = 0

    init(
        number: Int, manner: ScriptedBoltServer.Manner, box: ScriptedBoltServer.Box,
        script: @escaping ScriptedBoltServer.Script
    ) {
        self.number = number
        self.manner = manner
        self.box = box
        self.script = script
        isHolding = manner.holdsUntil != nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if var waiting = start {
            waiting.writeBuffer(&bytes)
            start = waiting
            guard let handshake = waiting.readBytes(length: 20) else { return }
            start = nil
            box.log.withLock { $0.handshakes.append(handshake) }
            send(manner.choice, context)
            bytes = waiting
        }
        reader.feed(bytes)
        while let message = try? reader.next() {
            guard case .structure(let tag, let fields) = try? PackStreamReader.value(message.span) else { continue }
            take(BoltAsked(connection: number, tag: tag, fields: fields), context)
        }
    }

    private func take(_ asked: BoltAsked, _ context: ChannelHandlerContext) {
        box.log.withLock { $0.asked.append(asked) }
        guard !isSilent else { return }
        if asked.tag == BoltTag.goodbye {
            context.close(promise: nil)
            return
        }
        answer(asked, context)
        guard isHolding, asked.tag == manner.holdsUntil else { return }
        isHolding = false
        send(held, context)
        held = []
    }

    private func answer(_ asked: BoltAsked, _ context: ChannelHandlerContext) {
        if asked.tag == BoltTag.reset { hasFailed = false }
        guard !hasFailed else { return reply(.structure(tag: BoltTag.ignored, fields: []), context) }
        switch script(asked) ?? Self.wellAnswer(asked) {
        case .success(let metadata, let records):
            for record in records { reply(.structure(tag: BoltTag.record, fields: [.list(record)]), context) }
            reply(.structure(tag: BoltTag.success, fields: [.map(metadata)]), context)
        case .failure(let code):
            hasFailed = true
            let metadata: [String: PackStreamValue] = ["code": .text(code), "message": .text("SECRET of a row")]
            reply(.structure(tag: BoltTag.failure, fields: [.map(metadata)]), context)
        case .silence: isSilent = true
        case .hangUp: context.close(promise: nil)
        case .raw(let bytes): send(bytes, context)
        }
    }

    private static func wellAnswer(_ asked: BoltAsked) -> ScriptedBoltAnswer {
        switch asked.tag {
        case BoltTag.hello: .success(["server": .text("Neo4j/5.13.0"), "connection_id": .text("bolt-1")])
        case BoltTag.run: .success(["fields": .list([.text("i")])])
        case BoltTag.pull: .success(["has_more": .boolean(false)])
        default: .success()
        }
    }

    private func reply(_ message: PackStreamValue, _ context: ChannelHandlerContext) {
        var writer = PackStreamWriter()
        writer.append(message)
        var buffer = ByteBuffer()
        for _ in 0..<manner.noops { buffer.writeInteger(UInt16(0)) }
        BoltChunks.append(writer.bytes, to: &buffer)
        send(Array(buffer.readableBytesView), context)
    }

    private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        if isHolding, start == nil, written > 0, held.count + bytes.count > 0, isAuthenticated {
            held += bytes
            return
        }
        var rest = bytes[...]
        if number == 0, let cutsAfter = manner.cutsAfter { rest = rest.prefix(max(0, cutsAfter - written)) }
        written += rest.count
        let isCut = rest.count < bytes.count
        while !rest.isEmpty {
            let part = rest.prefix(manner.stride)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: part)), promise: nil)
            rest = rest.dropFirst(part.count)
        }
        if isCut { context.close(promise: nil) }
    }

    /// Whether a transaction was begun: what is held back are its answers.
    private var isAuthenticated: Bool {
        box.log.withLock { $0.asked.contains { $0.connection == number && $0.tag == BoltTag.begin } }
    }
}

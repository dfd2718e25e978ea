internal import NIOCore
internal import NIOHTTP1

/// Serves one connection of a scripted server: collects a request, and does what the script says.
final class ScriptedExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let log: RequestLog
    private let script: ScriptedHTTPServer.Script
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(log: RequestLog, script: @escaping ScriptedHTTPServer.Script) {
        self.log = log
        self.script = script
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let part):
            body.append(contentsOf: part.readableBytesView)
        case .end:
            guard let head else { return }
            var headers: [String: String] = [:]
            for (name, value) in head.headers where headers[name.lowercased()] == nil {
                headers[name.lowercased()] = value
            }
            let request = ScriptedRequest(
                method: head.method.rawValue, path: head.uri, headers: headers, body: body)
            log.append(request)
            perform(script(request), version: head.version, context: context)
        }
    }

    private func perform(_ answer: ScriptedAnswer, version: HTTPVersion, context: ChannelHandlerContext) {
        switch answer {
        case .reply(let status, let headers, let text):
            write(text, status: status, headers: headers, length: text.utf8.count, version: version, context: context)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        case .half(let status, let text):
            write(
                text, status: status, headers: [:], length: text.utf8.count + 1000, version: version, context: context)
            context.flush()
            context.close(promise: nil)
        case .silence: return
        case .hangUp: context.close(promise: nil)
        }
    }

    private func write(
        _ text: String, status: Int, headers: [String: String], length: Int, version: HTTPVersion,
        context: ChannelHandlerContext
    ) {
        var fields = HTTPHeaders(headers.map { ($0.key, $0.value) })
        fields.replaceOrAdd(name: "Content-Length", value: String(length))
        let head = HTTPResponseHead(version: version, status: HTTPResponseStatus(statusCode: status), headers: fields)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
    }
}

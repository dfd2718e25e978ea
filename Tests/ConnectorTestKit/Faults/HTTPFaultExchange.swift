internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// One connection to an HTTP fault proxy: collects a request, and answers, forwards or breaks it.
final class HTTPFaultExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let book: HTTPFaultBook
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ book: HTTPFaultBook) { self.book = book }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let part): body.append(contentsOf: part.readableBytesView)
        case .end:
            guard let head else { return }
            perform(head, context)
        }
    }

    private func perform(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { a, _ in a })
        let request = ScriptedRequest(method: head.method.rawValue, path: head.uri, headers: headers, body: body)
        let channel = context.channel
        switch book.fault(for: request) {
        case nil: answer(forward(request, on: channel), to: channel)
        case .answer(let status, let text, let fields):
            let answer = UpstreamAnswer(status: status, headers: fields, body: Array(text.utf8))
            self.answer(channel.eventLoop.makeSucceededFuture(answer), to: channel)
        case .answerAfterwards(let status):
            answer(
                forward(request, on: channel).map { _ in UpstreamAnswer(status: status, body: Array("{}".utf8)) },
                to: channel)
        case .failEveryOther(let status, let type):
            let split = SplitBulk(request.body)
            var part = request
            part.body = split.passed
            let passing =
                split.passed.isEmpty
                ? channel.eventLoop.makeSucceededFuture(UpstreamAnswer(status: 200, body: Array(#"{"items":[]}"#.utf8)))
                : forward(part, on: channel)
            answer(passing.map { split.merge($0, status: status, type: type) }, to: channel)
        case .hangUp: channel.close(promise: nil)
        case .hangUpAfterwards: forward(request, on: channel).whenComplete { _ in channel.close(promise: nil) }
        }
    }

    private func forward(_ request: ScriptedRequest, on channel: any Channel) -> EventLoopFuture<UpstreamAnswer> {
        let answered = channel.eventLoop.makePromise(of: UpstreamAnswer.self)
        ClientBootstrap(group: channel.eventLoop)
            .channelInitializer { upstream in
                upstream.eventLoop.makeCompletedFuture {
                    try upstream.pipeline.syncOperations.addHTTPClientHandlers()
                    try upstream.pipeline.syncOperations.addHandler(UpstreamCollector(answered))
                }
            }
            .connect(host: "127.0.0.1", port: book.target)
            .whenComplete { result in
                switch result {
                case .success(let upstream): UpstreamCollector.send(request, over: upstream)
                case .failure(let error): answered.fail(error)
                }
            }
        return answered.futureResult
    }

    private func answer(_ answered: EventLoopFuture<UpstreamAnswer>, to channel: any Channel) {
        answered.whenComplete { result in
            // A server that is gone answers nothing.
            guard case .success(let answer) = result else { return channel.close(promise: nil) }
            var fields = HTTPHeaders(answer.headers.map { ($0.key, $0.value) })
            fields.replaceOrAdd(name: "Content-Length", value: String(answer.body.count))
            let head = HTTPResponseHead(
                version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status), headers: fields)
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: answer.body))), promise: nil)
            channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// What a server answered, whole.
struct UpstreamAnswer: Sendable {
    var status: Int
    var headers: [String: String] = ["Content-Type": "application/json"]
    var body: [UInt8]
}

/// Sends one request and collects the answer to it.
private final class UpstreamCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let answered: EventLoopPromise<UpstreamAnswer>
    private var answer = UpstreamAnswer(status: 0, body: [])

    init(_ answered: EventLoopPromise<UpstreamAnswer>) { self.answered = answered }

    static func send(_ request: ScriptedRequest, over channel: any Channel) {
        var headers = HTTPHeaders(request.headers.filter { $0.key != "transfer-encoding" }.map { ($0.key, $0.value) })
        headers.replaceOrAdd(name: "Content-Length", value: String(request.body.count))
        headers.replaceOrAdd(name: "Connection", value: "close")
        let head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: request.path, headers: headers)
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if !request.body.isEmpty {
            channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: request.body))), promise: nil)
        }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer.status = Int(head.status.code)
            answer.headers = [:]
            for field in head.headers where !["connection", "transfer-encoding"].contains(field.name.lowercased()) {
                answer.headers[field.name] = field.value
            }
        case .body(let part): answer.body.append(contentsOf: part.readableBytesView)
        case .end:
            answered.succeed(answer)
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { answered.fail(ChannelError.eof) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answered.fail(error)
        context.close(promise: nil)
    }
}

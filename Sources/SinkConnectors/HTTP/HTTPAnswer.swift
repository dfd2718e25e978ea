internal import Connector
internal import NIOCore

/// What a server answered to a request, whatever the status.
struct HTTPAnswer: Sendable {
    var status: Int
    var body: ByteBuffer
    /// What `Retry-After` asks for, in seconds.
    var retryAfter: Int?

    var isSuccess: Bool { (200..<300).contains(status) }

    /// The body as a tree.
    ///
    /// - Throws: ``MillraceError`` where it is no JSON, as of a proxy that answers for the server.
    func json() throws(MillraceError) -> JSONValue {
        do {
            return try JSONValue(parsing: Array(body.readableBytesView))
        } catch {
            throw MillraceError(.sinkUnavailable, "the answer is not JSON (HTTP status \(status))")
        }
    }
}

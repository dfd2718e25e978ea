/// A request as it arrived, whole.
public struct ScriptedRequest: Sendable {
    public var method: String
    /// The path and query, still percent-encoded.
    public var path: String
    /// By lower-case name; of several of one name, the first.
    public var headers: [String: String]
    public var body: [UInt8]

    public init(method: String, path: String, headers: [String: String], body: [UInt8]) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
    }

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }
}

/// What a scripted server does with a request.
public enum ScriptedAnswer: Sendable {
    /// Answers, with the body's length; headers may name a content type.
    case reply(status: Int, headers: [String: String], body: String)
    /// Promises more than it sends, and closes the connection.
    case half(status: Int, body: String)
    /// Keeps the connection open and says nothing.
    case silence
    /// Closes the connection without a word.
    case hangUp

    /// Answers with JSON.
    public static func json(_ body: String, status: Int = 200, headers: [String: String] = [:]) -> Self {
        .reply(
            status: status, headers: headers.merging(["Content-Type": "application/json"]) { given, _ in given },
            body: body)
    }
}

internal import Connector
internal import Wire

/// What each answer of a server means for a write: the one place where that is decided.
///
/// Reasons are built from what is known of the server's words and from names of fields that the mapping itself has:
/// the server puts whole lines into its own.
enum InfluxDBAnswers {
    private enum Verdict {
        /// The server takes no such point.
        case refused(String)
        /// The server takes no point until somebody mends something.
        case closed(String)
    }

    private static let words: [(StaticString, Verdict)] = [
        ("field type conflict", .refused("a field has another type in the measurement")),
        ("column type", .refused("a field or tag has another type in the table")),
        ("beyond retention policy", .refused("the point is older than the retention policy keeps")),
        ("outside retention", .refused("the point is older than the retention policy keeps")),
        ("max key length", .refused("measurement and tags together are too long")),
        ("time outside range", .refused("the point's time is out of range")),
        ("unable to parse", .refused("the server cannot read the point")),
        ("retention policy not found", .closed("the retention policy does not exist")),
        ("database not found", .closed("the database does not exist; create it")),
        ("max-series-per-database", .closed("the database has reached its limit of series (max-series-per-database)")),
        ("max-values-per-tag", .closed("a tag has reached its limit of values (max-values-per-tag)")),
        ("maximum number of", .closed("the database has reached a limit of tables or columns")),
    ]

    /// What became of every point of a request, in the order of its lines.
    ///
    /// - Throws: ``MillraceError`` with `sinkUnavailable` where nothing is known of any of them.
    static func results(_ answer: HTTPAnswer, of mappings: [InfluxDBMapping]) throws(MillraceError) -> [ItemResult] {
        let whole: ItemResult
        switch answer.status {
        case 200..<300: whole = .applied
        case 400, 422: return refusals(answer, of: mappings)
        case 413: whole = .split(reason: "the request is too large for the server")
        case 429: whole = .retry(reason: "the server is overloaded (HTTP status 429)")
        case 408, 500..<600:
            throw MillraceError(.sinkUnavailable, "the server could not answer (HTTP status \(answer.status))")
        default: whole = .stop(rejection(answer, doing: "writing"))
        }
        return Array(repeating: whole, count: mappings.count)
    }

    /// Some lines, or all, were refused; the others may have been written.
    private static func refusals(_ answer: HTTPAnswer, of mappings: [InfluxDBMapping]) -> [ItemResult] {
        let tree = try? answer.json()
        if let lines = tree?["data"]?.array, let results = listed(lines, of: mappings) { return results }
        let message = tree.flatMap { $0["error"]?.text ?? $0["message"]?.text } ?? ""
        let verdict = verdict(message)
        if case .closed(let reason) = verdict {
            return Array(repeating: .stop(MillraceError(.sinkRejected, reason)), count: mappings.count)
        }
        // Writing again what was written changes nothing: halves find the lines that were not.
        guard mappings.count == 1 else {
            return Array(repeating: .split(reason: "the server refused a part of the request"), count: mappings.count)
        }
        return [.park(reason: reason(verdict, message, mappings[0], status: answer.status))]
    }

    /// The lines that the server lists; nil where it may have left some out, or names none.
    private static func listed(_ lines: [JSONValue], of mappings: [InfluxDBMapping]) -> [ItemResult]? {
        guard !lines.isEmpty, lines.count < 100 else { return nil }
        var results = [ItemResult](repeating: .applied, count: mappings.count)
        for line in lines {
            guard let number = line["line_number"]?.integer, (1...Int64(mappings.count)).contains(number) else {
                return nil
            }
            let place = Int(number) - 1
            let message = line["error_message"]?.text ?? ""
            let verdict = verdict(message)
            if case .closed(let reason) = verdict {
                results[place] = .stop(MillraceError(.sinkRejected, reason, place: mappings[place].place))
            } else {
                results[place] = .park(reason: reason(verdict, message, mappings[place], status: 400))
            }
        }
        return results
    }

    private static func reason(_ verdict: Verdict?, _ message: String, _ mapping: InfluxDBMapping, status: Int)
        -> String
    {
        guard case .refused(let words) = verdict else { return "the server refuses the point (HTTP status \(status))" }
        let bytes = Array(message.utf8)
        let named = mapping.fields.first { field in
            ["field \"\(field.name)\"", "column '\(field.name)'", "column \(field.name),"].contains { text in
                bytes.span.holds(Array(text.utf8))
            }
        }
        return named.map { "\(words) (field \($0.name))" } ?? words
    }

    private static func verdict(_ message: String) -> Verdict? {
        let bytes = Array(message.utf8)
        return words.first { needle, _ in bytes.span.holds(Array(needle.description.utf8)) }?.1
    }

    // MARK: Requests that are not writes

    /// Throws unless the request succeeded.
    static func requireSuccess(_ answer: HTTPAnswer, doing: String) throws(MillraceError) {
        if !answer.isSuccess { throw rejection(answer, doing: doing) }
    }

    /// The error that a statement's own error becomes.
    static func rejection(ofQuery message: String, doing: String) -> MillraceError {
        if case .closed(let reason) = verdict(message) { return MillraceError(.sinkRejected, "\(doing): \(reason)") }
        let bytes = Array(message.utf8)
        if bytes.span.holds(Array("not authorized".utf8)) || bytes.span.holds(Array("authorization".utf8)) {
            return MillraceError(.sinkRejected, "\(doing): the user lacks the privilege")
        }
        return MillraceError(.sinkUnavailable, "\(doing): the server could not answer the query")
    }

    /// The error that a refusal as a whole becomes.
    static func rejection(_ answer: HTTPAnswer, doing: String) -> MillraceError {
        switch answer.status {
        case 401: return MillraceError(.sinkRejected, "\(doing): the server does not accept the credentials")
        case 403: return MillraceError(.sinkRejected, "\(doing): the user lacks the privilege")
        case 404:
            return MillraceError(
                .sinkRejected,
                "\(doing): the database, bucket or organization does not exist, or the server has no such "
                    + "way to write; create it, or choose another `api`")
        case 408, 429, 500..<600:
            return MillraceError(
                .sinkUnavailable, "\(doing): the server could not answer (HTTP status \(answer.status))")
        case 300..<400:
            return MillraceError(.sinkRejected, "\(doing): the address redirects elsewhere; name the server itself")
        default:
            return MillraceError(.sinkRejected, "\(doing): the server refused (HTTP status \(answer.status))")
        }
    }
}

extension Span<UInt8> {
    /// Whether the bytes stand somewhere in the span.
    fileprivate func holds(_ needle: [UInt8]) -> Bool {
        guard count >= needle.count else { return false }
        for start in 0...(count - needle.count)
        where extracting(start..<start + needle.count).isEqual(to: needle.span) { return true }
        return false
    }
}

internal import Connector
internal import Wire

/// What each answer of the cluster means for a write: the one place where that is decided.
///
/// Reasons are built from the error's type and from names of fields that the mapping itself has: Elasticsearch puts
/// values of the row into its own reasons.
enum AnswerTable {
    /// What became of one item of a bulk request.
    static func result(
        of item: BulkItem, in bytes: Span<UInt8>, action: SinkWrite.Action, mapping: ElasticsearchMapping
    ) -> ItemResult {
        guard let errorType = item.errorType else {
            switch item.status {
            case 200...299: return .applied
            // A delete of what is not there: the version is remembered all the same.
            case 404 where action == .delete: return .applied
            default: return result(ofStatus: item.status, type: .unknown, reason: "HTTP status \(item.status)")
            }
        }
        let type = ErrorType(bytes.extracting(errorType))
        let reason = ErrorReason(bytes.extracting(item.errorReason ?? 0..<0))
        let words = ErrorReason.name(bytes.extracting(errorType)) ?? "HTTP status \(item.status)"
        switch type {
        case .versionConflict: return .stale
        case .badDocument: return .park(reason: reason.sentence(words, mapping))
        case .strictMapping:
            // A field of every row that the index no longer has is a wrong mapping; any other is this row's own.
            guard let field = reason.topLevelField(mapping) else { return .park(reason: words) }
            return .stop(stopped("the index has no field \(field), and its mapping is strict", mapping))
        case .illegalArgument:
            if let limit = reason.limit { return .stop(stopped(limit, mapping)) }
            return .park(reason: reason.sentence(words, mapping))
        default: return result(ofStatus: item.status, type: type, reason: words, mapping: mapping)
        }
    }

    private static func result(
        ofStatus status: Int, type: ErrorType, reason: String, mapping: ElasticsearchMapping? = nil
    ) -> ItemResult {
        switch (type, status) {
        case (.overloaded, _), (.unavailable, _), (.blocked, _), (_, 408), (_, 429), (_, 500...599):
            .retry(reason: reason)
        case (.indexNotFound, _):
            .stop(stopped("the index does not exist", mapping, code: .sinkReplaced))
        case (.indexClosed, _):
            .stop(stopped("the index is closed; open it", mapping))
        case (.routingMissing, _):
            .stop(stopped("the index requires routing; give the mapping the option routing", mapping))
        case (.security, _), (_, 401), (_, 403):
            .stop(stopped("the cluster refuses the write (\(reason)); give the user the privilege index", mapping))
        case (_, 413):
            .split(reason: reason)
        case (_, 404), (_, 405), (_, 406), (_, 415):
            .stop(stopped("the cluster refuses the write (\(reason))", mapping))
        default:
            .park(reason: reason)
        }
    }

    /// What became of every write of a bulk request that was answered as a whole.
    ///
    /// - Throws: ``MillraceError`` with `sinkUnavailable` where nothing is known of any of them.
    static func results(
        ofWhole response: HTTPAnswer, count: Int
    ) throws(MillraceError) -> [ItemResult] {
        let type = typeOfWhole(response)
        let words = type.name.map { "\($0), HTTP status \(response.status)" } ?? "HTTP status \(response.status)"
        let result: ItemResult
        switch (type.type, response.status) {
        case (.blocked, _), (.overloaded, _), (_, 429): result = .retry(reason: words)
        case (_, 408), (_, 500...599):
            throw MillraceError(.sinkUnavailable, "the cluster could not answer (\(words))")
        case (_, 413): result = .split(reason: words)
        // One line broke the request; halves find it.
        case (_, 400) where count > 1: result = .split(reason: words)
        case (_, 400): result = .park(reason: words)
        default: result = .stop(rejection(response, doing: "writing"))
        }
        return Array(repeating: result, count: count)
    }

    /// Throws unless the request succeeded, for requests that are not writes.
    static func requireSuccess(_ response: HTTPAnswer, doing: String) throws(MillraceError) {
        if !response.isSuccess { throw rejection(response, doing: doing) }
    }

    /// The error that a refusal as a whole becomes.
    static func rejection(_ response: HTTPAnswer, doing: String) -> MillraceError {
        let type = typeOfWhole(response)
        let words = type.name.map { "\($0), HTTP status \(response.status)" } ?? "HTTP status \(response.status)"
        switch (type.type, response.status) {
        case (_, 401):
            return MillraceError(.sinkRejected, "\(doing): the cluster does not accept the credentials (\(words))")
        case (.blocked, _), (.overloaded, _), (.unavailable, _), (_, 408), (_, 429), (_, 500...599):
            return MillraceError(.sinkUnavailable, "\(doing): the cluster could not answer (\(words))")
        case (_, 300...399):
            return MillraceError(.sinkRejected, "\(doing): the address redirects elsewhere; name the cluster itself")
        case (_, 403):
            return MillraceError(.sinkRejected, "\(doing): the user lacks the privilege (\(words))")
        default:
            return MillraceError(.sinkRejected, "\(doing): the cluster refused (\(words))")
        }
    }

    /// The type of the error that a response as a whole carries, and its name where it is one.
    static func typeOfWhole(_ response: HTTPAnswer) -> (type: ErrorType, name: String?) {
        guard let answer = try? response.json(), let name = answer[["error", "type"]]?.text else {
            return (.unknown, nil)
        }
        let bytes = Array(name.utf8)
        return (ErrorType(bytes.span), ErrorReason.name(bytes.span))
    }

    private static func stopped(
        _ message: String, _ mapping: ElasticsearchMapping?, code: MillraceError.Code = .sinkRejected
    ) -> MillraceError {
        MillraceError(code, message, place: mapping?.place)
    }
}

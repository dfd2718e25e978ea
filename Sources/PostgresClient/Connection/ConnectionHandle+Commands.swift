internal import CLibPQ

extension ConnectionHandle {
    /// Sends statements over the simple protocol, the only one that a walsender speaks.
    func sendSimple(_ sql: String) throws(PostgresError) {
        try throwIfInterrupted()
        try refuseNUL(sql)
        guard PQsendQuery(pointer, sql) == 1 else { throw lost() }
        try flush()
    }

    /// Sends one statement with text parameters over the extended protocol.
    func sendQuery(_ sql: String, _ parameters: [String?]) throws(PostgresError) {
        try throwIfInterrupted()
        try refuseNUL(sql)
        for parameter in parameters { if let parameter { try refuseNUL(parameter) } }
        guard send(sql, parameters) else { throw lost() }
        try flush()
    }

    /// Takes the results of the command to the end, row by row, and returns the rows and the shape of the last.
    ///
    /// - Throws: The first failure among them, when all have been taken, so that the session stays usable;
    ///   `answerTooLarge` as soon as there is more than ``answerBytesMax``, and the session is then of no use any more. A single
    ///   row may be larger.
    @discardableResult
    func finishCommand() throws(PostgresError) -> QueryResult {
        var answer: QueryResult?
        var rows: [[String?]] = []
        var bytes = 0
        var failure: PostgresError?
        // Otherwise libpq would collect whatever comes before it gives us any of it.
        _ = PQsetSingleRowMode(pointer)
        while let result = try nextResult() {
            failure = failure ?? result.failure
            if failure != nil, PQstatus(pointer) == CONNECTION_BAD { break }
            switch result.status {
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                throw .protocolViolation("the server began a COPY where none was asked for")
            case PGRES_SINGLE_TUPLE:
                let part = result.rows
                bytes += part.reduce(0) { $0 + QueryResult.cost(of: $1) }
                guard rows.isEmpty || bytes <= answerBytesMax else { throw .answerTooLarge(answerBytesMax) }
                rows += part
            default: answer = result.shape
            }
        }
        if let failure { throw failure }
        guard var answer else { throw lost() }
        answer.rows = rows
        return answer
    }

    private func refuseNUL(_ text: String) throws(PostgresError) {
        guard !text.utf8.contains(0) else {
            throw PostgresError(.configuration, message: "PostgreSQL text holds no NUL")
        }
    }

    private func send(_ sql: String, _ parameters: [String?]) -> Bool {
        var text: [CChar] = []
        let offsets = parameters.map { parameter -> Int? in
            guard let parameter else { return nil }
            let offset = text.count
            text += parameter.utf8CString
            return offset
        }
        // SAFETY: each pointer points to a NUL-terminated run of `text`, which outlives the call; libpq copies it.
        return text.withUnsafeBufferPointer { text in
            let values: [UnsafePointer<CChar>?] = offsets.map { offset in
                guard let offset else { return nil }
                return text.baseAddress?.advanced(by: offset)
            }
            return PQsendQueryParams(pointer, sql, Int32(values.count), nil, values, nil, nil, 0) == 1
        }
    }
}

internal import CLibPQ

/// Owns one libpq result.
final class ResultHandle {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        PQclear(pointer)
    }

    var status: ExecStatusType { PQresultStatus(pointer) }

    /// What the server reported, if this result is a failure.
    var failure: PostgresError? {
        switch status {
        case PGRES_BAD_RESPONSE, PGRES_NONFATAL_ERROR, PGRES_FATAL_ERROR: PostgresError(ofResult: self)
        default: nil
        }
    }

    /// One field of the server's report.
    func errorField(_ code: Character) -> String? {
        guard let ascii = code.asciiValue, let text = PQresultErrorField(pointer, Int32(ascii)) else { return nil }
        return String(cString: text)
    }

    /// The columns and the number of rows touched, without the rows.
    var shape: QueryResult {
        let columns = (0..<PQnfields(pointer)).map { column in
            QueryResult.Column(
                name: PQfname(pointer, column).map { String(cString: $0) } ?? "",
                type: PQftype(pointer, column), modifier: PQfmod(pointer, column))
        }
        let affected = PQcmdTuples(pointer).flatMap { Int(String(cString: $0)) } ?? 0
        return QueryResult(columns: columns, rows: [], affectedRows: affected)
    }

    /// The rows as Swift values.
    var rows: [[String?]] {
        (0..<PQntuples(pointer)).map { row in
            (0..<PQnfields(pointer)).map { column -> String? in
                guard PQgetisnull(pointer, row, column) == 0 else { return nil }
                // SAFETY: libpq keeps a value of exactly this length until the result is cleared; String copies it.
                return PQgetvalue(pointer, row, column).map { value in
                    let length = Int(PQgetlength(pointer, row, column))
                    let bytes = UnsafeRawBufferPointer(start: value, count: length)
                    return String(decoding: bytes, as: UTF8.self)
                }
            }
        }
    }
}

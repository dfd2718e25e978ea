internal import CLibPQ

/// A session for queries and COPY, confined to the thread that opened it; its calls block that thread.
///
/// Every wait stands beside a wake descriptor, so a ``ConnectionInterrupt`` ends it at once. Row security, lock
/// timeouts and transactions are the caller's to set; what the text of values depends on is pinned.
public final class PostgresConnection {
    let handle: ConnectionHandle

    /// Opens a session, which stops for good when `interrupt` is raised.
    @available(*, noasync)
    public init(_ settings: ConnectionSettings, interrupt: ConnectionInterrupt? = nil) throws(PostgresError) {
        handle = try ConnectionHandle(settings, purpose: .queries, interrupt: interrupt)
    }

    /// The server's version as a number: 150004 is 15.4.
    public var serverVersion: Int { Int(PQserverVersion(handle.pointer)) }

    /// The process that serves this session, as `pg_stat_activity` names it.
    public var backendProcess: Int { Int(PQbackendPID(handle.pointer)) }

    /// Whether the session is in a transaction, failed ones included.
    public var isInTransaction: Bool {
        let status = PQtransactionStatus(handle.pointer)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    }

    /// Runs one statement with parameters in text form (`$1`, `$2`, …; nil is null) and returns its whole result.
    ///
    /// After an error of kind `server` the session is usable; after any other it is not.
    ///
    /// - Parameter patience: how long the server may be silent; the session's own where nothing is said.
    /// - Throws: `timeout` when it was silent for longer, `answerTooLarge` beyond ``ConnectionSettings/answerBytesMax``.
    @available(*, noasync)
    public func query(
        _ sql: String, _ parameters: [String?] = [], patience: Duration? = nil
    ) throws(PostgresError) -> QueryResult {
        let usual = handle.patience
        defer { handle.patience = usual }
        handle.patience = patience ?? usual
        try handle.sendQuery(sql, parameters)
        return try handle.finishCommand()
    }

    /// Runs one or more statements that give no rows, as one unit of the simple protocol; the server may be silent for
    /// as long as the session's patience.
    @available(*, noasync)
    public func execute(_ sql: String) throws(PostgresError) {
        try handle.sendSimple(sql)
        try handle.finishCommand()
    }
}

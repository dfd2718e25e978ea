/// How to reach a PostgreSQL server. Holds the connection string, and so a secret: its description says nothing.
public struct ConnectionSettings: Sendable {
    /// A URL (`postgresql://…`) or a conninfo string (`host=… dbname=…`), as libpq reads them, every TLS mode included.
    public var connectionString: String
    /// What `pg_stat_activity` and `pg_stat_replication` show.
    public var applicationName: String
    /// How long one host may take to answer; the next one of the list is tried then. A `connect_timeout` in the
    /// connection string comes first.
    public var connectTimeout: Duration
    /// How long the server may be silent within a command, before the session is given up: from what it sent last.
    public var patience: Duration
    /// How many bytes the answer to a query may take in memory, except where it is a single row.
    public var answerBytesMax = QueryResult.bytesMax
    /// Further run-time parameters by name, set for the session; they come after the pinned ones and win over them.
    public var parameters: [String: String]

    public init(
        _ connectionString: String, applicationName: String = "millrace", connectTimeout: Duration = .seconds(10),
        patience: Duration = .seconds(60), parameters: [String: String] = [:]
    ) {
        self.connectionString = connectionString
        self.applicationName = applicationName
        self.connectTimeout = connectTimeout
        self.patience = patience
        self.parameters = parameters
    }

    /// Run-time parameters that the text form of values depends on, and those that would end a long read.
    ///
    /// The stream, the snapshot and every re-read use the same ones, so that one value has one text.
    static let pinnedParameters: [(name: String, value: String)] = [
        ("DateStyle", "ISO"),
        ("IntervalStyle", "iso_8601"),
        ("TimeZone", "UTC"),
        ("extra_float_digits", "1"),
        ("bytea_output", "hex"),
        ("lc_monetary", "C"),
        ("quote_all_identifiers", "off"),
        ("standard_conforming_strings", "on"),
        // Names in the text of regclass and its kin are then always qualified.
        ("search_path", ""),
        ("default_transaction_isolation", "read committed"),
        ("statement_timeout", "0"),
        ("idle_in_transaction_session_timeout", "0"),
    ]
}

extension ConnectionSettings: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "ConnectionSettings(\(applicationName))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

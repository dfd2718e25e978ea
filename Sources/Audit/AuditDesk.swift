public import Change
public import Connector
public import Engine
internal import Synchronization

/// Makes the audits of a running pipeline: one at a time.
public final class AuditDesk: Sendable {
    private let runner: PipelineRunner
    private let current = Mutex<Auditor?>(nil)
    private let newest: Mutex<AuditReport?>
    private let notebook: (any AuditNotebook)?

    /// - Parameters:
    ///   - last: the report of the last audit, if one was kept.
    ///   - notebook: where audits note how far they are; nil for nowhere.
    public init(_ runner: PipelineRunner, last: AuditReport? = nil, notebook: (any AuditNotebook)? = nil) {
        self.runner = runner
        self.notebook = notebook
        newest = Mutex(last)
    }

    /// The report of the last audit of all tables.
    public var last: AuditReport? { newest.withLock(\.self) }

    /// How far the audit is that is under way; nil while there is none.
    public var progress: AuditProgress? { current.withLock { $0 }?.progress }

    /// Audits, and returns the report.
    ///
    /// - Throws: ``Connector/MillraceError`` with the code `configuration` while another audit is under way, or while the
    ///   pipeline is not running.
    public func audit(_ options: AuditOptions) async throws -> AuditReport {
        let auditor = Auditor(runner, options: options, notebook: options.rows == nil ? notebook : nil)
        let isFirst = current.withLock { current in
            guard current == nil else { return false }
            current = auditor
            return true
        }
        guard isFirst else {
            throw MillraceError(.configuration, "an audit of the pipeline is under way", place: runner.pipeline)
        }
        defer { current.withLock { $0 = nil } }
        let report = try await auditor.run()
        if options.tables == nil, options.rows == nil { newest.withLock { $0 = report } }
        return report
    }

    /// The rows of parked changes, by table.
    ///
    /// - Throws: ``Connector/MillraceError`` with the code `configuration` for rows that cannot be found by a key.
    public func rows(of records: [ParkedRecord]) throws -> [TableName: [[String]]] {
        try Dictionary(grouping: records, by: \.change.table).mapValues { try runner.primaryKeys(of: $0) }
    }
}

internal import Algorithms
public import Audit
internal import Engine
internal import Change
public import Connector
internal import Threads

/// Answers everything that can be asked of a running pipeline.
public struct ControlDesk: Sendable {
    private let pipeline: any ControlledPipeline
    private let state: StateDesk
    private let audits: AuditDesk?
    private let archive: AuditArchive?

    /// - Parameters:
    ///   - store: the pipeline's store.
    ///   - audits: what audits the pipeline; nil for one that cannot be audited.
    ///   - archive: where reports are kept; nil for nowhere.
    public init(
        pipeline: any ControlledPipeline, store: any CheckpointStore & ParkedChangeStore, audits: AuditDesk? = nil,
        archive: AuditArchive? = nil
    ) {
        self.pipeline = pipeline
        self.audits = audits
        self.archive = archive
        state = StateDesk(pipeline: pipeline.pipeline, store: store)
    }

    /// The pipeline's name.
    public var name: String { pipeline.pipeline }

    /// How the pipeline stands now.
    public func report() async -> StatusReport {
        StatusReport(pipeline.status, parkedWaiting: await state.parkedWaiting())
    }

    /// The report of the last audit of all tables.
    var lastAudit: AuditReport? { audits?.last }

    /// Audits the pipeline, keeps the report, and returns it.
    public func audit(_ options: AuditOptions) async throws -> AuditReport {
        guard let audits else { throw ControlFailure(.configuration, "the pipeline cannot be audited") }
        let report = try await audits.audit(options)
        if let archive { try await DedicatedThread.run(name: "millrace-audit") { try archive.save(report) } }
        return report
    }

    /// Does what is asked; what goes wrong is the answer.
    public func answer(_ request: ControlRequest) async -> ControlAnswer {
        var answer = ControlAnswer()
        do {
            if let answer = try await state.answer(request) { return answer }
            switch request.command {
            case .head: answer.head = try await pipeline.head()
            case .audit:
                let query = request.audit ?? AuditQuery()
                let options = query.options(for: request.tables)
                answer.audit = try await query.replaysParked == true ? replayAndCompare(options) : audit(options)
            case .auditProgress: answer.auditProgress = audits?.progress
            case .parkedReplay: answer.count = try await replay((request.parked ?? ParkedQuery()).selection)
            default:
                try await perform(request)
                answer.status = await report()
            }
        } catch {
            answer.error = ControlFailure(error)
        }
        return answer
    }

    private func perform(_ request: ControlRequest) async throws {
        switch request.command {
        case .pause: pipeline.pause()
        case .resume: pipeline.resume()
        case .stop: pipeline.drain()
        case .snapshot:
            guard let tables = request.tables, !tables.isEmpty else {
                throw ControlFailure(.configuration, "name the tables to snapshot")
            }
            try await pipeline.snapshot(tables.map(\.table), findingDeletes: request.findDeletes ?? false)
        case .status, .head, .audit, .auditProgress, .parkedList, .parkedShow, .parkedReplay, .parkedDiscard,
            .checkpoints:
            break
        }
    }

    /// Replays what was parked of the tables, and compares the rows that were replayed.
    private func replayAndCompare(_ options: AuditOptions) async throws -> AuditReport {
        guard let audits else { throw ControlFailure(.configuration, "the pipeline cannot be audited") }
        let waiting = try await selected(.waiting).filter { options.tables?.contains($0.change.table) ?? true }
        var replay = AuditReport.Replay()
        var replayed: [ParkedRecord] = []
        for group in Self.groups(of: waiting) {
            do {
                try await perform(group)
                replayed += group
            } catch let error as MillraceError where [.configuration, .sourceRejected].contains(error.code) {
                // What cannot be found by its key is no reason to leave the rest.
                replay.failures.append("\(group[0].change.sink): \(error)")
            }
        }
        replay.changes = UInt64(replayed.count)
        var options = options
        options.rows = try audits.rows(of: replayed)
        var report = try await audits.audit(options)
        let last = waiting.map(\.number).max() ?? 0
        let again = try await selected(ParkedSelection(after: last))
        replay.parkedAgain = UInt64(
            again.count { record in replayed.contains { $0.change.keyJSON == record.change.keyJSON } })
        report.replay = replay
        return report
    }

    /// Replays what is selected and says how many changes that were. What parks again does so under a new number,
    /// which is past the last that was there at the start.
    private func replay(_ selection: ParkedSelection) async throws -> Int {
        let records = try await selected(selection)
        for group in Self.groups(of: records) { try await perform(group) }
        return records.count
    }

    private func selected(_ selection: ParkedSelection) async throws -> [ParkedRecord] {
        var records: [ParkedRecord] = []
        var page = selection
        repeat {
            let found = try await state.parkedPage(page)
            records += found
            page.after = found.last?.number ?? .max
        } while page.after < .max
        return records
    }

    /// Parts of one sink and table each.
    private static func groups(of records: [ParkedRecord]) -> [[ParkedRecord]] {
        Dictionary(grouping: records, by: { [$0.change.sink, $0.change.table.description] })
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .flatMap { _, group in group.chunks(ofCount: StateDesk.pageSize).map(Array.init) }
    }

    private func perform(_ replay: [ParkedRecord]) async throws {
        try await pipeline.replay(replay)
        try await state.markReplayed(replay, at: pipeline.status.at)
    }
}

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
                answer.audit = try await audit((request.audit ?? AuditQuery()).options(for: request.tables))
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
        case .status, .head, .audit, .auditProgress, .parkedList, .parkedShow, .parkedReplay, .parkedDiscard, .checkpoints:
            break
        }
    }

    /// Replays what is selected and says how many changes that were. What parks again does so under a new number,
    /// which is past the last that was there at the start.
    private func replay(_ selection: ParkedSelection) async throws -> Int {
        var records: [ParkedRecord] = []
        var page = selection
        repeat {
            let found = try await state.parkedPage(page)
            records += found
            page.after = found.last?.number ?? .max
        } while page.after < .max
        for group in Dictionary(grouping: records, by: { [$0.change.sink, $0.change.table.description] }).values {
            for start in stride(from: 0, to: group.count, by: StateDesk.pageSize) {
                let part = Array(group[start..<min(start + StateDesk.pageSize, group.count)])
                try await pipeline.replay(part)
                try await state.markReplayed(part, at: pipeline.status.at)
            }
        }
        return records.count
    }
}

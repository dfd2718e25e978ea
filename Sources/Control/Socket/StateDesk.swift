public import Connector
internal import Threads

/// Answers what the store alone can answer: the same whether the pipeline runs or not.
public struct StateDesk: Sendable {
    /// At most so many parked changes stand in one answer.
    public static let pageSize = 1_000

    private let pipeline: String
    private let store: any CheckpointStore & ParkedChangeStore

    /// - Parameter store: the pipeline's store.
    public init(pipeline: String, store: any CheckpointStore & ParkedChangeStore) {
        self.pipeline = pipeline
        self.store = store
    }

    /// The answer to a request, or nil if it needs the running pipeline.
    public func answer(_ request: ControlRequest) async throws -> ControlAnswer? {
        var answer = ControlAnswer()
        switch request.command {
        case .status, .head, .pause, .resume, .stop, .snapshot, .audit, .auditProgress, .parkedReplay:
            return nil
        case .parkedList, .parkedShow:
            let isShowing = request.command == .parkedShow
            var selection = (request.parked ?? ParkedQuery()).selection
            selection.limit = min(selection.limit ?? Self.pageSize, Self.pageSize)
            let (records, count) = try await blocking { [selection] store in
                (try store.parkedChanges(selection), try store.parkedCount(selection))
            }
            answer.parked = records.map { ParkedReport($0, showingEnvelope: isShowing) }
            answer.count = count
        case .parkedDiscard:
            let selection = (request.parked ?? ParkedQuery()).selection
            answer.count = try await blocking { try $0.discardParked(selection) }
        case .checkpoints:
            answer.checkpoint = CheckpointReport(pipeline: pipeline, state: try await blocking { try $0.load() })
        }
        return answer
    }

    /// One page of parked changes.
    func parkedPage(_ selection: ParkedSelection) async throws -> [ParkedRecord] {
        var selection = selection
        selection.limit = Self.pageSize
        return try await blocking { [selection] in try $0.parkedChanges(selection) }
    }

    func markReplayed(_ records: [ParkedRecord], at time: Int64) async throws {
        let numbers = Set(records.map(\.number))
        try await blocking { try $0.markReplayed(numbers, at: time) }
    }

    /// How many parked changes wait; nil if the store does not answer.
    func parkedWaiting() async -> Int? {
        try? await blocking { try $0.parkedCount(.waiting) }
    }

    private func blocking<Value: Sendable>(
        _ body: @escaping @Sendable (any CheckpointStore & ParkedChangeStore) throws -> Value
    ) async throws -> Value {
        try await DedicatedThread.run(name: "millrace-state") { [store] in try body(store) }
    }
}

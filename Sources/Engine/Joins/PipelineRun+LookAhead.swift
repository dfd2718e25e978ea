internal import Connector
internal import Logging
internal import Synchronization

/// Why no row is reported for what was looked up.
///
/// What is looked up for a row that is compared is read when the row is completed, and may be newer than the stream is at
/// that place. Then the change that it comes from is still on its way, and brings a write of the row's sink key. So, where
/// rows with look-ups differ, the pass waits until everything is delivered that was committed by then. Those whose sink key
/// was written since the pass began were overtaken, and are looked at again.
extension PipelineRun {
    /// Waits until whatever was looked up in a pass is applied.
    ///
    /// - Returns: the sinks in which it was not in time, so that what they showed is not to be trusted.
    func sinksThatLookAhead(_ sinks: [SinkRunner], patience: Duration) async -> [String] {
        let waiting = sinks.filter { sink in
            sink.audits.hasSuspects(of: Set(sink.initialPlans.filter { $0.joins != nil }.map(\.number)))
        }
        guard !waiting.isEmpty else { return [] }
        let end = owner.clock.monotonic() + patience
        do {
            let head = try await owner.source.health().head
            while waiting.contains(where: { keeper.saved(of: $0.name).0?.end ?? 0 < head }) {
                guard owner.clock.monotonic() < end else { break }
                try await owner.clock.sleep(for: .milliseconds(20))
            }
            return waiting.map(\.name).filter { keeper.saved(of: $0).0?.end ?? 0 < head }
        } catch {
            return waiting.map(\.name)
        }
    }
}

internal import Control

extension SinkReport {
    /// Why it takes nothing now; nil while it takes what comes.
    var standstill: String? {
        if let stopReason { return "stopped: \(stopReason)" }
        if circuitOpen { return "left alone for now: \(lastRetryReason ?? "it does not answer")" }
        return activity
    }
}

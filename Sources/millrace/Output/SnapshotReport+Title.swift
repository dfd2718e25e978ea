internal import Control

extension SnapshotReport {
    /// What is read into which sinks: several may be loaded with the same table, each at its own pace.
    var title: String { "snapshot \(table) into \(sinks.joined(separator: ", "))" }
}

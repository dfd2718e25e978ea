internal import Control

extension SnapshotReport {
    /// What is read into which sinks: several may be loaded with the same table, each at its own pace.
    var title: String { "snapshot \(table) into \(sinks.joined(separator: ", "))" }

    /// Why nothing of it was read yet; nil where it has begun.
    var delay: String? { chunkCount > 0 ? nil : "not begun\(hindrance)" }

    /// What its reading waits for, to be added to a line.
    var hindrance: String { waitsFor.map { "; it waits: \($0)" } ?? "" }
}

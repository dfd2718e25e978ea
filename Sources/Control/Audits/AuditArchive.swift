public import Audit
public import Checkpoints
internal import Connector
internal import Foundation

/// Keeps the reports of a pipeline's audits in the state folder, one JSON file for each, named after the time of its end.
public struct AuditArchive: Sendable {
    private let folder: URL
    private let keep: Int

    /// - Parameter keep: how many of the newest reports stay.
    public init(pipeline: String, in state: StateFolder, keep: Int) {
        folder = URL(fileURLWithPath: state.auditsPath(of: pipeline), isDirectory: true)
        self.keep = keep
    }

    /// Keeps a report, and removes the oldest that are too many.
    ///
    /// - Throws: ``Connector/MillraceError`` with the code `stateUnavailable`.
    public func save(_ report: AuditReport) throws {
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            // Written beside and renamed: a report is there whole or not at all.
            let file = folder.appendingPathComponent(Self.name(of: report))
            try Data(ControlJSON.encode(report)).write(to: file, options: .atomic)
            for old in try files().dropLast(keep) { try FileManager.default.removeItem(at: old) }
        } catch {
            throw MillraceError(.stateUnavailable, "a report of an audit cannot be kept", place: folder.path)
        }
    }

    /// The newest report; nil where there is none that can be read.
    public func latest() -> AuditReport? {
        guard let file = try? files().last, let data = try? Data(contentsOf: file) else { return nil }
        return try? ControlJSON.decode(AuditReport.self, from: data)
    }

    /// Oldest first: the names have the order of time.
    private func files() throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" }.sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    private static func name(of report: AuditReport) -> String {
        let digits = String(report.finishedAt)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits + ".json"
    }
}

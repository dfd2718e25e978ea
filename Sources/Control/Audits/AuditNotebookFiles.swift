public import Audit
public import Checkpoints
internal import Connector
internal import Foundation

/// Keeps the notes of the audit of a pipeline that is under way in the state folder: a file that says how far it is, and for
/// each mapping of the table that is read one of the digests of its rows.
public struct AuditNotebookFiles: AuditNotebook {
    private let folder: URL
    private var file: URL { folder.appendingPathComponent("notes") }

    public init(pipeline: String, in state: StateFolder) {
        folder = URL(fileURLWithPath: state.auditsPath(of: pipeline) + "/under-way", isDirectory: true)
    }

    public func load() throws -> AuditNotes? {
        guard let data = try? Data(contentsOf: file),
            let notes = try? JSONDecoder().decode(AuditNotes.self, from: data),
            notes.format == AuditNotes.format
        else { return nil }
        // What was added after the last notes is read and added again.
        for (part, runs) in (notes.table?.runs ?? []).enumerated() {
            guard try rows(of: part).count >= runs.reduce(0, +) else { return nil }
        }
        return notes
    }

    public func save(_ notes: AuditNotes) throws {
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try JSONEncoder().encode(notes).write(to: file, options: .atomic)
        } catch {
            throw MillraceError(.stateUnavailable, "how far an audit is cannot be noted", place: folder.path)
        }
    }

    public func rows(of part: Int) -> any DigestStore { DigestFile(folder.appendingPathComponent("rows-\(part)")) }
    public func entries(of part: Int) -> any DigestStore {
        DigestFile(folder.appendingPathComponent("entries-\(part)"))
    }

    public func clear() throws {
        guard FileManager.default.fileExists(atPath: folder.path) else { return }
        do {
            try FileManager.default.removeItem(at: folder)
        } catch {
            throw MillraceError(.stateUnavailable, "the notes of an audit cannot be removed", place: folder.path)
        }
    }
}

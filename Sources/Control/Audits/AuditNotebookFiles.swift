public import Audit
public import Checkpoints
public import Engine
internal import Connector
internal import Foundation

/// Keeps the notes of the audit of a pipeline that is under way in the state folder: a file that says how far it is, and for
/// each mapping of the table that is read one of the hashes of its sink keys.
public struct AuditNotebookFiles: AuditNotebook {
    private let folder: URL
    private var file: URL { folder.appendingPathComponent("notes") }

    public init(pipeline: String, in state: StateFolder) {
        folder = URL(fileURLWithPath: state.auditsPath(of: pipeline) + "/under-way", isDirectory: true)
    }

    public func load() throws -> (notes: AuditNotes, keys: [[UInt64]])? {
        guard let data = try? Data(contentsOf: file),
            let notes = try? JSONDecoder().decode(AuditNotes.self, from: data),
            notes.format == AuditNotes.format
        else { return nil }
        var keys: [[UInt64]] = []
        for (part, count) in (notes.table?.keyCounts ?? []).enumerated() {
            let bytes = count == 0 ? Data() : (try? Data(contentsOf: keyFile(part), options: .alwaysMapped)) ?? Data()
            guard bytes.count >= count * 8 else { return nil }
            // What was added after the last notes is read and added again.
            keys.append((0..<count).map { Self.hash($0, in: bytes) })
        }
        return (notes, keys)
    }

    public func save(_ notes: AuditNotes, adding keys: [KeyHashes]) throws {
        do {
            let files = FileManager.default
            try files.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            for (part, hashes) in keys.enumerated() {
                try append(hashes, upTo: notes.table?.keyCounts[part] ?? 0, to: keyFile(part))
            }
            try JSONEncoder().encode(notes).write(to: file, options: .atomic)
        } catch {
            throw MillraceError(.stateUnavailable, "how far an audit is cannot be noted", place: folder.path)
        }
    }

    public func clear() throws {
        guard FileManager.default.fileExists(atPath: folder.path) else { return }
        do {
            try FileManager.default.removeItem(at: folder)
        } catch {
            throw MillraceError(.stateUnavailable, "the notes of an audit cannot be removed", place: folder.path)
        }
    }

    private static func hash(_ index: Int, in bytes: Data) -> UInt64 {
        var hash: UInt64 = 0
        for byte in 0..<8 { hash |= UInt64(bytes[bytes.startIndex + index * 8 + byte]) << UInt64(byte * 8) }
        return hash
    }

    private func keyFile(_ part: Int) -> URL { folder.appendingPathComponent("keys-\(part)") }

    /// - Parameter count: how many hashes the file then has; what another process left behind them goes.
    private func append(_ hashes: KeyHashes, upTo count: Int, to file: URL) throws {
        if !FileManager.default.fileExists(atPath: file.path) {
            // Whether it was made is told by opening it.
            _ = FileManager.default.createFile(
                atPath: file.path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        let handle = try FileHandle(forWritingTo: file)
        defer { try? handle.close() }
        let start = UInt64(count - hashes.count) * 8
        try handle.truncate(atOffset: start)
        var bytes = Data(capacity: hashes.count * 8)
        hashes.forEach { hash in
            for byte in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: hash >> UInt64(byte * 8))) }
        }
        try handle.write(contentsOf: bytes)
        try handle.synchronize()
    }
}

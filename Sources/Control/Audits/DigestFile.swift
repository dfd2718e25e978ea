internal import Audit
internal import Connector
internal import Engine
internal import Foundation

/// A file of digests, sixteen bytes each: the key and the digest, in the order of little-endian machines.
struct DigestFile: DigestStore {
    private static let recordSize = 16
    private let url: URL

    init(_ url: URL) { self.url = url }

    var count: Int {
        get throws {
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: url.path),
                let size = attributes[.size] as? Int
            else { return 0 }
            return size / Self.recordSize
        }
    }

    func write(_ digests: [RowDigest], after kept: Int) throws {
        do {
            if !FileManager.default.fileExists(atPath: url.path) {
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700])
                // Whether it was made is told by opening it.
                _ = FileManager.default.createFile(
                    atPath: url.path, contents: nil, attributes: [.posixPermissions: 0o600])
            }
            let handle = try FileHandle(forWritingTo: url)
            defer { try? handle.close() }
            try handle.truncate(atOffset: UInt64(kept * Self.recordSize))
            var bytes: [UInt8] = []
            bytes.reserveCapacity(digests.count * Self.recordSize)
            // SAFETY: the bytes of two numbers, copied before they go.
            for digest in digests {
                withUnsafeBytes(of: (digest.key.littleEndian, digest.digest.littleEndian)) { bytes += $0 }
            }
            try handle.write(contentsOf: bytes)
            try handle.synchronize()
        } catch {
            throw MillraceError(.stateUnavailable, "what an audit has read cannot be kept", place: url.path)
        }
    }

    func read(_ range: Range<Int>) throws -> [RowDigest] {
        let data: Data?
        do {
            let handle = try FileHandle(forReadingFrom: url)
            defer { try? handle.close() }
            try handle.seek(toOffset: UInt64(range.lowerBound * Self.recordSize))
            data = try handle.read(upToCount: range.count * Self.recordSize)
        } catch {
            data = nil
        }
        guard let data, data.count == range.count * Self.recordSize else {
            throw MillraceError(.stateUnavailable, "what an audit has read is not there any more", place: url.path)
        }
        // SAFETY: there are as many bytes as records, and the loads need no alignment.
        return data.withUnsafeBytes { bytes in
            range.indices.map { index in
                let offset = (index - range.lowerBound) * Self.recordSize
                return RowDigest(
                    key: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
                    digest: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)))
            }
        }
    }

    func clear() throws {
        guard FileManager.default.fileExists(atPath: url.path) else { return }
        do {
            try FileManager.default.removeItem(at: url)
        } catch {
            throw MillraceError(.stateUnavailable, "what an audit has read cannot be removed", place: url.path)
        }
    }
}

internal import Change
internal import Connector
internal import NIOCore
internal import Wire

extension ElasticsearchSink: DigestingSink {
    func canDigest(_ mapping: any RowMapping) -> Bool { true }

    /// The cluster keeps the text of a document as it was sent.
    func digests(of writes: [SinkWrite]) -> [UInt64?] {
        var documents = ElasticsearchEncoding(reserving: 1 << 16)
        return writes.map { write in
            guard let mapping = write.mapping as? ElasticsearchMapping else {
                preconditionFailure("the sink made its mappings")
            }
            let start = documents.body.count
            do throws(RowProblem) {
                try documents.append(documentOf: write, mapping: mapping)
            } catch {
                return nil
            }
            return Hash64.of(documents.body.span.extracting(start..<documents.body.count))
        }
    }

    /// How many bytes a page is to have, and how many documents it has before it is known how large they are, and at the
    /// most.
    private static let digestPage = (bytes: 2 << 20, countFirst: 100, countMax: 2000)

    func scanDigests(
        of mapping: any RowMapping, _ take: @Sendable ([SinkEntry]) async throws -> Void
    ) async throws {
        let mapping = try own(mapping)
        for index in try await indices(of: mapping) {
            try await refresh(index)
            var count: Int? = Self.digestPage.countFirst
            while let current = count { count = try await digest(index, of: mapping, pageCount: current, take) }
        }
    }

    /// Scans an index with pages of so many documents. Returns how many they should rather be, where it has to begin anew.
    private func digest(
        _ index: String, of mapping: ElasticsearchMapping, pageCount: Int,
        _ take: @Sendable ([SinkEntry]) async throws -> Void
    ) async throws -> Int? {
        var better: Int?
        do {
            try await scroll(index, search(for: mapping, size: pageCount, isWhole: true)) {
                page, bytes throws(WireError) in
                page.hits.map { hit in
                    (
                        place: DocumentPlace(hit, in: bytes, isWhole: false), version: hit.version,
                        digest: hit.source.map { Hash64.of(bytes.extracting($0)) },
                        byteCount: hit.source?.count ?? 0
                    )
                }
            } take: { found in
                let usual = found.reduce(0) { $0 + $1.byteCount } / found.count
                let fitting = min(Self.digestPage.bytes / max(1, usual), Self.digestPage.countMax)
                if pageCount == Self.digestPage.countFirst, found.count == pageCount, fitting > 2 * pageCount {
                    better = fitting
                    return false
                }
                try await take(
                    try found.map { hit in
                        var entry = try hit.place.entry(version: hit.version, of: mapping)
                        (entry.place, entry.digest) = ([], hit.digest)
                        return entry
                    })
                return true
            }
        } catch let error as MillraceError where error.underlying is NIOTooManyBytesError && pageCount > 1 {
            return max(1, pageCount / 10)
        }
        return better
    }
}

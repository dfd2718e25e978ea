internal import Change
public import Connector
internal import Wire

extension SimulatedSink: ComparableSink {
    public func obstacle(toComparing mapping: any RowMapping) -> String? { nil }

    public func compare(_ writes: [SinkWrite]) async throws -> [Comparison] {
        let known = entries
        return try writes.map { write in
            var bytes: [UInt8] = []
            try write.mapping.appendKey(of: write.row, to: &bytes)
            let entry = known[String(decoding: bytes, as: UTF8.self)]
            let expected: [String?]? =
                write.action == .delete ? nil : write.mapping.request.outputs.map { write.row.text($0.column) }
            let verdict: Comparison.Verdict =
                switch (expected, entry?.cells) {
                case (nil, nil): .equal
                case (nil, _): .extra
                case (_, nil): .missing
                case (let expected?, let found?): expected == found ? .equal : .different([])
                }
            return Comparison(verdict, version: entry?.version)
        }
    }
}

extension SimulatedSink: DigestingSink {
    public func canDigest(_ mapping: any RowMapping) -> Bool { true }

    public func digests(of writes: [SinkWrite]) -> [UInt64?] {
        writes.map { write in Self.digest(write.mapping.request.outputs.map { write.row.text($0.column) }) }
    }

    public func scanDigests(
        of mapping: any RowMapping, _ take: @Sendable ([SinkEntry]) async throws -> Void
    ) async throws {
        let known = entries
        try await scan(mapping) { found in
            try await take(
                found.map { entry in
                    var entry = entry
                    entry.digest = known[String(decoding: entry.key, as: UTF8.self)]?.cells.map(Self.digest)
                    return entry
                })
        }
    }

    private static func digest(_ cells: [String?]) -> UInt64 {
        var hash = Hash64()
        for cell in cells { hash.combine(Array((cell.map { "=\($0)" } ?? "").utf8).span) }
        return hash.value
    }
}

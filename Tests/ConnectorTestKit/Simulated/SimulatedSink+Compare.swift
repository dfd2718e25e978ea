internal import Change
public import Connector

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

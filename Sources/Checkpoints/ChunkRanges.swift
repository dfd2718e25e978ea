/// The numbers of finished chunks as text, such as `0-41,43`: one short cell however many chunks a table has.
enum ChunkRanges {
    /// No table is cut into more chunks; a text that says so is damaged.
    static let numberMax = 1 << 24

    static func text(of chunks: Set<Int>) -> String {
        var ranges: [ClosedRange<Int>] = []
        for chunk in chunks.sorted() {
            if let last = ranges.last, last.upperBound + 1 == chunk {
                ranges[ranges.count - 1] = last.lowerBound...chunk
            } else {
                ranges.append(chunk...chunk)
            }
        }
        return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }

    /// - Returns: nil for a text that ``text(of:)`` did not write.
    static func parse(_ text: String) -> Set<Int>? {
        var chunks: Set<Int> = []
        guard !text.isEmpty else { return chunks }
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
                0 <= first, first <= last, last <= numberMax
            else { return nil }
            chunks.formUnion(first...last)
        }
        return chunks
    }
}

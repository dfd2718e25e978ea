internal import Wire

/// One line of line protocol taken apart again: what the sink itself would send.
struct PointLine {
    struct Field {
        var name: String
        /// As it stands in the line.
        var text: [UInt8]
        var value: PointValue
    }

    /// Measurement and tags, as they stand in the line.
    let series: [UInt8]
    let fields: [Field]
    /// Nanoseconds since 1970.
    let time: Int64

    /// - Returns: nil for what is no line of this sink's.
    init?(_ line: Span<UInt8>) {
        let seriesEnd = Self.end(line, from: 0, at: [UInt8(ascii: " ")])
        series = Self.copy(line, 0..<seriesEnd)
        var fields: [Field] = []
        var index = seriesEnd
        repeat {
            let nameEnd = Self.end(line, from: index + 1, at: [UInt8(ascii: "=")])
            let valueEnd = Self.endOfValue(line, from: nameEnd + 1)
            guard nameEnd < valueEnd, let value = PointValue(line: line.extracting(nameEnd + 1..<valueEnd)) else {
                return nil
            }
            // No name has a backslash of its own.
            let name = Self.copy(line, index + 1..<nameEnd).filter { $0 != UInt8(ascii: "\\") }
            let text = Self.copy(line, nameEnd + 1..<valueEnd)
            fields.append(Field(name: String(decoding: name, as: UTF8.self), text: text, value: value))
            index = valueEnd
        } while index < line.count && line[index] == UInt8(ascii: ",")
        let end = Self.end(line, from: min(index + 1, line.count), at: [UInt8(ascii: "\n")])
        guard index < end, let time = Int64(String(decoding: Self.copy(line, index + 1..<end), as: UTF8.self)) else {
            return nil
        }
        self.fields = fields
        self.time = time
    }

    /// Where the first of some bytes stands that no backslash escapes; the end of the line without one.
    private static func end(_ line: Span<UInt8>, from start: Int, at stops: [UInt8]) -> Int {
        var index = start
        while index < line.count, !stops.contains(line[index]) {
            index += line[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index, line.count)
    }

    private static func endOfValue(_ line: Span<UInt8>, from start: Int) -> Int {
        guard start < line.count, line[start] == UInt8(ascii: "\"") else {
            return end(line, from: min(start, line.count), at: [UInt8(ascii: ","), UInt8(ascii: " ")])
        }
        return min(line.count, end(line, from: start + 1, at: [UInt8(ascii: "\"")]) + 1)
    }

    private static func copy(_ line: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(line.extracting(range))
        return bytes
    }
}

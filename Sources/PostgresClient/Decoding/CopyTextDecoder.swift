public import Change
internal import Wire

/// Decodes lines of COPY's text format (PostgreSQL documentation, "COPY", "Text Format") into cells.
///
/// Octal and hexadecimal escapes are read too, though the server never writes them.
public enum CopyTextDecoder {
    /// Appends one line's cells to a batch's buffers and returns the first slot.
    ///
    /// - Parameter line: Without its newline.
    /// - Throws: `protocolViolation` unless the line has exactly `columns` cells; the batch is then as it was.
    public static func decode(
        _ line: Span<UInt8>, columns: Int, into batch: inout ChangeBatch
    ) throws(PostgresError) -> Int {
        guard batch.bytes.count < 1 << 31, batch.slots.count < 1 << 31 else {
            throw .protocolViolation("a batch was not taken before it held 2 GiB")
        }
        return try decode(line, columns: columns, bytes: &batch.bytes, slots: &batch.slots)
    }

    static func decode(
        _ line: Span<UInt8>, columns: Int, bytes: inout [UInt8], slots: inout [CellSlot]
    ) throws(PostgresError) -> Int {
        let firstSlot = slots.count
        // A table without columns gives empty lines.
        if columns == 0, line.count == 0 { return firstSlot }
        let base = bytes.count
        if !appendPlain(line, bytes: &bytes, slots: &slots) {
            bytes.removeSubrange(base...)
            slots.removeSubrange(firstSlot...)
            appendEscaped(line, bytes: &bytes, slots: &slots)
        }
        guard slots.count - firstSlot == columns else {
            let found = slots.count - firstSlot
            bytes.removeSubrange(base...)
            slots.removeSubrange(firstSlot...)
            throw .protocolViolation("a COPY line has \(found) cells instead of \(columns)")
        }
        return firstSlot
    }

    /// Copies the line at once and records its cells, as long as its only escape is the null mark; false otherwise.
    private static func appendPlain(_ line: Span<UInt8>, bytes: inout [UInt8], slots: inout [CellSlot]) -> Bool {
        let base = bytes.count
        bytes.append(line)
        var start = 0
        var offset = 0
        while true {
            let isEnd = offset == line.count
            if isEnd || line[offset] == tab {
                slots.append(CellSlot(offset: base + start, length: offset - start))
                if isEnd { return true }
                start = offset + 1
            } else if line[offset] == backslash {
                guard offset == start, isNullMark(line, at: offset) else { return false }
                slots.append(.null)
                offset += 2
                if offset == line.count { return true }
                start = offset + 1
            }
            offset += 1
        }
    }

    /// Copies the line cell by cell, undoing its escapes.
    private static func appendEscaped(_ line: Span<UInt8>, bytes: inout [UInt8], slots: inout [CellSlot]) {
        var offset = 0
        while true {
            let start = bytes.count
            if isNullMark(line, at: offset) {
                slots.append(.null)
                offset += 2
            } else {
                while offset < line.count, line[offset] != tab {
                    if line[offset] == backslash, offset + 1 < line.count {
                        offset = appendEscape(line, at: offset + 1, bytes: &bytes)
                    } else {
                        bytes.append(line[offset])
                        offset += 1
                    }
                }
                slots.append(CellSlot(offset: start, length: bytes.count - start))
            }
            if offset >= line.count { return }
            offset += 1
        }
    }

    /// Whether a whole cell is `\N`.
    private static func isNullMark(_ line: Span<UInt8>, at offset: Int) -> Bool {
        guard offset + 1 < line.count, line[offset] == backslash, line[offset + 1] == UInt8(ascii: "N") else {
            return false
        }
        return offset + 2 == line.count || line[offset + 2] == tab
    }

    /// Appends what the escape after a backslash stands for and returns the offset behind it.
    private static func appendEscape(_ line: Span<UInt8>, at offset: Int, bytes: inout [UInt8]) -> Int {
        switch line[offset] {
        case UInt8(ascii: "b"): bytes.append(8)
        case UInt8(ascii: "f"): bytes.append(12)
        case UInt8(ascii: "n"): bytes.append(10)
        case UInt8(ascii: "r"): bytes.append(13)
        case UInt8(ascii: "t"): bytes.append(9)
        case UInt8(ascii: "v"): bytes.append(11)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            let end = Swift.min(offset + 3, line.count)
            var value = 0
            var next = offset
            while next < end, case UInt8(ascii: "0")...UInt8(ascii: "7") = line[next] {
                value = value << 3 | Int(line[next] & 7)
                next += 1
            }
            bytes.append(UInt8(truncatingIfNeeded: value))
            return next
        case UInt8(ascii: "x"):
            var value = 0
            var next = offset + 1
            while next < Swift.min(offset + 3, line.count), let digit = Hex.value(of: line[next]) {
                value = value << 4 | Int(digit)
                next += 1
            }
            bytes.append(next == offset + 1 ? UInt8(ascii: "x") : UInt8(value))
            return next
        case let other: bytes.append(other)
        }
        return offset + 1
    }

    private static let tab = UInt8(ascii: "\t")
    private static let backslash = UInt8(ascii: "\\")
}

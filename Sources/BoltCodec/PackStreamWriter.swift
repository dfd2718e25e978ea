internal import Wire

/// Writes values of PackStream (version 1) into one buffer, each in its shortest form.
public struct PackStreamWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    public init(reserving count: Int = 0) {
        bytes.reserveCapacity(count)
    }

    public mutating func appendNull() { bytes.append(0xC0) }

    public mutating func append(_ flag: Bool) { bytes.append(flag ? 0xC3 : 0xC2) }

    public mutating func append(_ number: Int64) {
        switch number {
        case -16...127: bytes.append(UInt8(truncatingIfNeeded: number))
        case -128...127:
            bytes.append(0xC8)
            bytes.append(UInt8(truncatingIfNeeded: number))
        case -32_768...32_767:
            bytes.append(0xC9)
            bytes.append(bigEndian: UInt16(truncatingIfNeeded: number))
        case -2_147_483_648...2_147_483_647:
            bytes.append(0xCA)
            bytes.append(bigEndian: UInt32(truncatingIfNeeded: number))
        default:
            bytes.append(0xCB)
            bytes.append(bigEndian: UInt64(bitPattern: number))
        }
    }

    public mutating func append(_ number: Double) {
        bytes.append(0xC1)
        bytes.append(bigEndian: number.bitPattern)
    }

    /// Appends a text of UTF-8, which the caller has made sure of.
    public mutating func append(text: Span<UInt8>) {
        begin(text.count, tiny: 0x80, marker: 0xD0)
        bytes.append(text)
    }

    public mutating func append(_ text: String) {
        begin(text.utf8.count, tiny: 0x80, marker: 0xD0)
        bytes.append(text)
    }

    public mutating func append(raw data: Span<UInt8>) {
        begin(data.count, tiny: nil, marker: 0xCC)
        bytes.append(data)
    }

    /// Begins a list; its elements follow.
    public mutating func beginList(_ count: Int) { begin(count, tiny: 0x90, marker: 0xD4) }

    /// Begins a map; a text and a value follow for each entry.
    public mutating func beginMap(_ count: Int) { begin(count, tiny: 0xA0, marker: 0xD8) }

    /// Begins a structure of at most fifteen fields, which follow.
    public mutating func beginStructure(_ tag: UInt8, fields: Int) {
        precondition(fields < 16, "a structure has fifteen fields at the most")
        bytes.append(0xB0 | UInt8(fields))
        bytes.append(tag)
    }

    /// Appends what another writer has written.
    public mutating func append(_ other: PackStreamWriter) { bytes.append(contentsOf: other.bytes) }

    public mutating func append(_ value: PackStreamValue) {
        switch value {
        case .null: appendNull()
        case .boolean(let flag): append(flag)
        case .integer(let number): append(number)
        case .float(let number): append(number)
        case .bytes(let data): append(raw: data.span)
        case .text(let text): append(text)
        case .list(let elements):
            beginList(elements.count)
            for element in elements { append(element) }
        case .map(let entries):
            beginMap(entries.count)
            for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
                append(key)
                append(value)
            }
        case .structure(let tag, let fields):
            beginStructure(tag, fields: fields.count)
            for field in fields { append(field) }
        }
    }

    /// Takes back everything appended since there were `count` bytes.
    public mutating func truncate(to count: Int) { bytes.truncate(to: count) }

    private mutating func begin(_ count: Int, tiny: UInt8?, marker: UInt8) {
        if let tiny, count < 16 {
            bytes.append(tiny | UInt8(count))
        } else if count <= UInt8.max {
            bytes.append(marker)
            bytes.append(UInt8(count))
        } else if count <= UInt16.max {
            bytes.append(marker + 1)
            bytes.append(bigEndian: UInt16(count))
        } else {
            precondition(count <= UInt32.max, "a value has fewer than 2^32 elements")
            bytes.append(marker + 2)
            bytes.append(bigEndian: UInt32(count))
        }
    }
}

internal import Wire

/// Reads values of PackStream (version 1) out of one message.
///
/// Whatever the bytes are, it returns a value or throws; what is announced is never trusted beyond the bytes that follow.
public struct PackStreamReader: ~Copyable, ~Escapable {
    /// How deep lists, maps and structures may nest.
    public static let depthMax = 64

    private let bytes: Span<UInt8>
    private var offset = 0

    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
    }

    /// The one value that the bytes hold.
    public static func value(_ bytes: Span<UInt8>) throws(PackStreamError) -> PackStreamValue {
        var reader = PackStreamReader(bytes)
        let value = try reader.next()
        guard reader.offset == bytes.count else { throw .trailing }
        return value
    }

    /// The next value.
    @_lifetime(self: copy self)
    public mutating func next() throws(PackStreamError) -> PackStreamValue {
        try read(depth: 0)
    }

    @_lifetime(self: copy self)
    private mutating func read(depth: Int) throws(PackStreamError) -> PackStreamValue {
        guard depth <= Self.depthMax else { throw .depth }
        let marker = try byte()
        switch marker {
        case 0x00...0x7F: return .integer(Int64(marker))
        case 0xF0...0xFF: return .integer(Int64(Int8(bitPattern: marker)))
        case 0x80...0x8F: return .text(try text(Int(marker & 15)))
        case 0x90...0x9F: return .list(try elements(Int(marker & 15), depth))
        case 0xA0...0xAF: return .map(try entries(Int(marker & 15), depth))
        case 0xB0...0xBF:
            let tag = try byte()
            return .structure(tag: tag, fields: try elements(Int(marker & 15), depth))
        case 0xC0: return .null
        case 0xC1: return .float(Double(bitPattern: try number(8)))
        case 0xC2: return .boolean(false)
        case 0xC3: return .boolean(true)
        case 0xC8: return .integer(Int64(Int8(truncatingIfNeeded: try number(1))))
        case 0xC9: return .integer(Int64(Int16(truncatingIfNeeded: try number(2))))
        case 0xCA: return .integer(Int64(Int32(truncatingIfNeeded: try number(4))))
        case 0xCB: return .integer(Int64(bitPattern: try number(8)))
        case 0xCC...0xCE: return .bytes(try raw(try size(marker - 0xCC)))
        case 0xD0...0xD2: return .text(try text(try size(marker - 0xD0)))
        case 0xD4...0xD6: return .list(try elements(try size(marker - 0xD4), depth))
        case 0xD8...0xDA: return .map(try entries(try size(marker - 0xD8), depth))
        default: throw .marker(marker)
        }
    }

    /// A size of one, two or four bytes.
    @_lifetime(self: copy self)
    private mutating func size(_ width: UInt8) throws(PackStreamError) -> Int {
        Int(try number(1 << Int(width)))
    }

    @_lifetime(self: copy self)
    private mutating func byte() throws(PackStreamError) -> UInt8 {
        guard offset < bytes.count else { throw .truncated }
        defer { offset += 1 }
        return bytes[offset]
    }

    @_lifetime(self: copy self)
    private mutating func number(_ width: Int) throws(PackStreamError) -> UInt64 {
        guard bytes.count - offset >= width else { throw .truncated }
        var value: UInt64 = 0
        for index in offset..<offset + width { value = value << 8 | UInt64(bytes[index]) }
        offset += width
        return value
    }

    @_lifetime(self: copy self)
    private mutating func raw(_ count: Int) throws(PackStreamError) -> [UInt8] {
        guard bytes.count - offset >= count else { throw .truncated }
        var copy: [UInt8] = []
        copy.append(bytes.extracting(offset..<offset + count))
        offset += count
        return copy
    }

    @_lifetime(self: copy self)
    private mutating func text(_ count: Int) throws(PackStreamError) -> String {
        guard bytes.count - offset >= count else { throw .truncated }
        defer { offset += count }
        do {
            return try String(exactly: bytes.extracting(offset..<offset + count))
        } catch {
            throw .notText
        }
    }

    @_lifetime(self: copy self)
    private mutating func elements(_ count: Int, _ depth: Int) throws(PackStreamError) -> [PackStreamValue] {
        // Each element has a byte at least.
        guard count <= bytes.count - offset else { throw .count }
        var elements: [PackStreamValue] = []
        elements.reserveCapacity(min(count, 1024))
        for _ in 0..<count { elements.append(try read(depth: depth + 1)) }
        return elements
    }

    @_lifetime(self: copy self)
    private mutating func entries(_ count: Int, _ depth: Int) throws(PackStreamError) -> [String: PackStreamValue] {
        guard count <= (bytes.count - offset) / 2 else { throw .count }
        var entries: [String: PackStreamValue] = [:]
        for _ in 0..<count {
            guard case .text(let key) = try read(depth: depth + 1) else { throw .message }
            entries[key] = try read(depth: depth + 1)
        }
        return entries
    }
}

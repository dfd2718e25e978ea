/// A fast 64-bit hash of bytes, the same in every run and on every machine.
///
/// It chooses lanes and buckets and checks rows; it is not cryptographic. Each step multiplies two 64-bit words and
/// folds the 128-bit product back onto its factors, as wyhash and rapidhash do (public domain, Wang Yi): a factor that
/// happens to be zero then erases nothing. What is combined is delimited: ("ab", "c") and ("a", "bc") differ.
public struct Hash64: Sendable {
    @usableFromInline static let secret0: UInt64 = 0xa076_1d64_78bd_642f
    @usableFromInline static let secret1: UInt64 = 0xe703_7ed1_a0b4_28db
    @usableFromInline static let secret2: UInt64 = 0x8ebc_6af0_9c88_c6e3

    @usableFromInline var state: UInt64

    public init(seed: UInt64 = 0) {
        state = Self.fold(seed ^ Self.secret0, Self.secret1)
    }

    /// Mixes bytes and their length into the hash.
    @inlinable
    public mutating func combine(_ bytes: Span<UInt8>) {
        let length = bytes.count
        var state = state
        // SAFETY: every load needs no alignment and ends at or before `length`, as the conditions around it check.
        bytes.withUnsafeBytes { raw in
            var offset = 0
            while offset &+ 16 < length {
                state = Self.fold(Self.word(raw, offset) ^ Self.secret1, Self.word(raw, offset &+ 8) ^ state)
                offset &+= 16
            }
            let (first, second) = Self.tail(raw, from: offset, to: length)
            let count = UInt64(truncatingIfNeeded: length)
            state = Self.fold(first ^ Self.secret2 ^ count, second ^ state)
        }
        self.state = state
    }

    /// Mixes a number into the hash.
    @inlinable
    public mutating func combine(_ number: UInt64) {
        state = Self.fold(number ^ Self.secret1, state ^ Self.secret2)
    }

    /// The hash of everything combined so far.
    @inlinable public var value: UInt64 { Self.fold(state ^ Self.secret0, Self.secret2) }

    /// The hash of one run of bytes.
    @inlinable
    public static func of(_ bytes: Span<UInt8>) -> UInt64 {
        var hash = Hash64()
        hash.combine(bytes)
        return hash.value
    }

    @inlinable
    static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low ^ left ^ (right << 32 | right >> 32)
    }

    @inlinable
    static func word(_ raw: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The last one to sixteen bytes as two words; words may overlap where there are fewer than sixteen.
    @inlinable
    static func tail(_ raw: UnsafeRawBufferPointer, from offset: Int, to length: Int) -> (UInt64, UInt64) {
        let left = length &- offset
        if left >= 8 { return (word(raw, offset), word(raw, length &- 8)) }
        var value: UInt64 = 0
        for index in offset..<length { value = value << 8 | UInt64(raw[index]) }
        return (value, UInt64(truncatingIfNeeded: left))
    }
}

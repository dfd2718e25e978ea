internal import Wire

/// Sums up the fields of a hash, which has them in no order.
struct HashDigest {
    private var sum: UInt64 = 0

    mutating func add(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        var field = Hash64()
        field.combine(name)
        field.combine(value)
        sum &+= field.value
    }

    var value: UInt64 { sum }
}

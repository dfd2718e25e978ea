/// Numbers the way people read them.
enum Quantity {
    /// `12 345 678` as `12,345,678`.
    static func count(_ number: some BinaryInteger) -> String {
        var digits = Array(String(number.magnitude))
        var index = digits.count - 3
        while index > 0 {
            digits.insert(",", at: index)
            index -= 3
        }
        return (number < 0 ? "-" : "") + String(digits)
    }

    /// Bytes in powers of 1024, with one digit after the point.
    static func bytes(_ number: some BinaryInteger) -> String {
        let units = ["B", "KB", "MB", "GB", "TB", "PB"]
        var value = Double(number)
        var unit = 0
        while value >= 1_024, unit < units.count - 1 {
            value /= 1_024
            unit += 1
        }
        return unit == 0 ? "\(number) B" : "\(oneDecimal(value)) \(units[unit])"
    }

    /// A time span in the unit that suits it.
    static func time(microseconds: Int64) -> String {
        switch microseconds {
        case ..<0: "-" + time(microseconds: -max(microseconds, -.max))
        case ..<1_000: "\(microseconds) µs"
        case ..<1_000_000: "\(oneDecimal(Double(microseconds) / 1_000)) ms"
        case ..<60_000_000: "\(oneDecimal(Double(microseconds) / 1_000_000)) s"
        case ..<3_600_000_000: "\(microseconds / 60_000_000) min \(microseconds / 1_000_000 % 60) s"
        default: "\(microseconds / 3_600_000_000) h \(microseconds / 60_000_000 % 60) min"
        }
    }

    private static func oneDecimal(_ value: Double) -> String {
        let tenths = Int64((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}

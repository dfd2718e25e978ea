/// Numbers with a unit.
enum Quantity {
    /// A duration such as `250ms`, `30s`, `5m`, `2h` or `7d`; nil for anything else and for more than 36,500 days.
    static func duration(_ text: String) -> Duration? {
        guard let (number, unit) = split(text) else { return nil }
        let milliseconds: Int
        switch unit {
        case "ms": milliseconds = 1
        case "s": milliseconds = 1_000
        case "m": milliseconds = 60_000
        case "h": milliseconds = 3_600_000
        case "d": milliseconds = 86_400_000
        default: return nil
        }
        let (total, isOverflow) = number.multipliedReportingOverflow(by: milliseconds)
        guard !isOverflow, total <= 36_500 * 86_400_000 else { return nil }
        return .milliseconds(total)
    }

    /// A number of bytes such as `512KB`, `8MB` or `1GB`, in powers of 1024; nil for anything else.
    static func byteCount(_ text: String) -> Int? {
        guard let (number, unit) = split(text) else { return nil }
        let shift: Int
        switch unit {
        case "B": shift = 0
        case "KB", "KiB": shift = 10
        case "MB", "MiB": shift = 20
        case "GB", "GiB": shift = 30
        case "TB", "TiB": shift = 40
        default: return nil
        }
        let (total, isOverflow) = number.multipliedReportingOverflow(by: 1 << shift)
        return isOverflow ? nil : total
    }

    private static func split(_ text: String) -> (Int, String)? {
        let digits = text.prefix { ("0"..."9").contains($0) }
        guard let number = Int(digits) else { return nil }
        return (number, String(text.dropFirst(digits.count)))
    }
}

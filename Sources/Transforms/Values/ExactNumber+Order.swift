/// The order of PostgreSQL's `numeric`: NaN equals itself and is above infinity.
extension ExactNumber {
    /// -1, 0 or 1.
    static func compare(_ left: ExactNumber, _ right: ExactNumber) -> Int {
        switch (left, right) {
        case (.finite(let a, let scaleA), .finite(let b, let scaleB)) where scaleA == scaleB:
            return a == b ? 0 : a < b ? -1 : 1
        default:
            break
        }
        guard left.isFinite, right.isFinite else { return (left.rank - right.rank).signum() }
        if case .finite(let a, let scaleA) = left, case .finite(let b, let scaleB) = right {
            if let order = compareScaled(a, scaleA, b, scaleB) { return order }
        }
        var leftText: [UInt8] = []
        var rightText: [UInt8] = []
        left.append(to: &leftText)
        right.append(to: &rightText)
        return DecimalText.compare(leftText.span, rightText.span) ?? 0
    }

    /// Nil where the numbers do not fit 38 digits once they have the same scale.
    private static func compareScaled(_ a: Int128, _ scaleA: Int, _ b: Int128, _ scaleB: Int) -> Int? {
        guard let power = powerOfTen(abs(scaleA - scaleB)) else { return nil }
        let (wide, isTooLong) = (scaleA < scaleB ? a : b).multipliedReportingOverflow(by: power)
        guard !isTooLong else { return nil }
        let (first, second) = scaleA < scaleB ? (wide, b) : (a, wide)
        return first == second ? 0 : first < second ? -1 : 1
    }

    private var rank: Int {
        switch self {
        case .negativeInfinity: 0
        case .finite, .long: 1
        case .infinity: 2
        case .notANumber: 3
        }
    }
}

import Randomness

/// Everything that a seed decides is drawn from here, in the order of drawing.
final class Chance {
    private var numbers: SeededNumbers

    init(seed: UInt64) {
        numbers = SeededNumbers(seed: seed)
    }

    /// A number from 0 up to, but not including, `bound`.
    func below(_ bound: Int) -> Int { Int(truncatingIfNeeded: numbers.next() >> 1) % bound }

    func between(_ low: Int, _ high: Int) -> Int { low + below(high - low + 1) }

    func percent(_ percent: Int) -> Bool { below(100) < percent }

    func oneIn(_ count: Int) -> Bool { below(count) == 0 }

    func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}

/// Finds the name that somebody meant who wrote another.
public enum NearestName {
    /// The valid name with the fewest edits (insertion, deletion, substitution, swap of neighbours) from `name`, if
    /// it is at most a third of the name away; the first of several.
    public static func of(_ name: String, among valid: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().unicodeScalars.prefix(lengthMax))
        let tolerance = max(1, wanted.count / 3)
        var best: (name: String, distance: Int)?
        for candidate in valid {
            let letters = Array(candidate.lowercased().unicodeScalars.prefix(lengthMax))
            guard abs(letters.count - wanted.count) <= tolerance else { continue }
            let distance = distance(wanted, letters)
            if distance <= tolerance, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// A hint for people: the nearest valid name, or else what would be valid.
    public static func hint(for name: String, among valid: [String]) -> String? {
        if let nearest = of(name, among: valid) { return "did you mean \(nearest)?" }
        guard !valid.isEmpty else { return nil }
        let shown = valid.prefix(shownMax).joined(separator: ", ")
        return "valid here: \(shown)\(valid.count > shownMax ? ", …" : "")"
    }

    private static let lengthMax = 64
    private static let shownMax = 24

    /// The optimal string alignment distance.
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [Int](repeating: row + 1, count: right.count + 1)
            for column in 0..<right.count {
                let substitution = last[column] + (left[row] == right[column] ? 0 : 1)
                current[column + 1] = min(substitution, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    current[column + 1] = min(current[column + 1], beforeLast[column - 1] + 1)
                }
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}

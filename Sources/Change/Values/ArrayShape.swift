internal import Wire

/// Finds the dimensions of an array while its braces are read, and refuses one whose parts differ in length.
struct ArrayShape {
    /// The length of each dimension, once one of its runs was closed.
    private var known: [Int?] = []
    /// How many items each open run has so far, the outermost first.
    private var openRuns: [Int] = []
    /// The depth at which elements stand, once one was seen.
    private var elementDepth: Int?

    var lengths: [Int] { known.map { $0 ?? 0 } }
    var depthMax: Int { known.count }

    mutating func open() throws(WireError) {
        if let elementDepth, openRuns.count >= elementDepth { throw Self.ragged }
        if !openRuns.isEmpty { openRuns[openRuns.count - 1] += 1 }
        openRuns.append(0)
        if known.count < openRuns.count { known.append(nil) }
    }

    mutating func close() throws(WireError) {
        guard let length = openRuns.popLast() else { throw Self.ragged }
        let depth = openRuns.count
        guard known[depth] == nil || known[depth] == length else { throw Self.ragged }
        known[depth] = length
    }

    mutating func addElement() throws(WireError) {
        guard !openRuns.isEmpty, elementDepth == nil || elementDepth == openRuns.count, known.count == openRuns.count
        else {
            throw Self.ragged
        }
        elementDepth = openRuns.count
        openRuns[openRuns.count - 1] += 1
    }

    private static var ragged: WireError { .malformed("array whose parts differ in length") }
}

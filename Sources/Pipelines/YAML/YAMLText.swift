/// The characters of a file by line and column, as libyaml counts them: both from one, columns in Unicode scalars.
struct YAMLText {
    let scalars: [Unicode.Scalar]
    private let lineStarts: [Int]

    init(_ text: String) {
        let scalars = Array(text.unicodeScalars)
        var lineStarts = [0]
        for index in scalars.indices where Self.isLineBreak(scalars[index]) {
            let isFirstOfPair = scalars[index] == "\r" && index + 1 < scalars.count && scalars[index + 1] == "\n"
            if !isFirstOfPair { lineStarts.append(index + 1) }
        }
        self.scalars = scalars
        self.lineStarts = lineStarts
    }

    /// The index of the character at a place; nil past the end.
    func index(line: Int, column: Int) -> Int? {
        guard line >= 1, line <= lineStarts.count, column >= 1 else { return nil }
        let index = lineStarts[line - 1] + column - 1
        return index < scalars.count ? index : nil
    }

    /// The line that the character at an index stands in, from one, and the index that the line starts at.
    func line(containing index: Int) -> (line: Int, start: Int) {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= index { low = middle } else { high = middle }
        }
        return (low + 1, lineStarts[low])
    }

    var lineCount: Int { lineStarts.count }

    static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": true
        default: false
        }
    }

    static func isWhitespace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || isLineBreak(scalar)
    }
}

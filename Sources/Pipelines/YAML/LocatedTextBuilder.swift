internal import Connector

/// Puts a text together from characters and the places they stand at.
struct LocatedTextBuilder {
    private let location: SourceLocation
    private var text = String.UnicodeScalarView()
    private var count = 0
    private var runs: [LocatedText.Run] = []

    init(at location: SourceLocation) {
        self.location = location
    }

    mutating func append(_ scalar: Unicode.Scalar, line: Int, column: Int) {
        if let run = runs.last, !run.isFromEnvironment, run.line == line, run.column + count - run.offset == column {
        } else {
            runs.append(LocatedText.Run(offset: count, line: line, column: column))
        }
        text.append(scalar)
        count += 1
    }

    /// Appends what an environment variable holds, all of it standing where the variable is named.
    mutating func append(fromEnvironment value: String, at place: SourceLocation) {
        runs.append(
            LocatedText.Run(offset: count, line: place.line, column: place.column, isFromEnvironment: true))
        text.append(contentsOf: value.unicodeScalars)
        count += value.unicodeScalars.count
    }

    func finished() -> LocatedText {
        LocatedText(String(text), at: location, runs: runs)
    }
}

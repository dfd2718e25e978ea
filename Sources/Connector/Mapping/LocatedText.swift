/// A text of a configuration file that knows where each of its characters stands: an error inside an expression names
/// the line and column of its cause, through quotes, escapes, folded lines and environment variables.
public struct LocatedText: Sendable, Hashable {
    /// From a character of the text on, where the characters stand in the file.
    public struct Run: Sendable, Hashable {
        /// The run's first character, counted in Unicode scalars of the text.
        public var offset: Int
        public var line: Int
        public var column: Int
        /// Whether the run came out of the environment: its characters stand at one place and are never shown.
        public var isFromEnvironment: Bool

        public init(offset: Int, line: Int, column: Int, isFromEnvironment: Bool = false) {
            self.offset = offset
            self.line = line
            self.column = column
            self.isFromEnvironment = isFromEnvironment
        }
    }

    public let value: String
    /// Where the text begins, its quote included.
    public let location: SourceLocation
    private let runs: [Run]

    /// - Parameter runs: by ascending offset; without any, the text stands on one line from `location` on.
    public init(_ value: String, at location: SourceLocation, runs: [Run] = []) {
        self.value = value
        self.location = location
        self.runs = runs
    }

    /// Whether a part of the text came out of the environment, so that no part of it may be shown.
    public var isFromEnvironment: Bool { runs.contains { $0.isFromEnvironment } }

    /// Where the character at `offset`, counted in Unicode scalars, stands.
    public func location(at offset: Int) -> SourceLocation {
        guard let run = runs.last(where: { $0.offset <= offset }) else {
            return SourceLocation(file: location.file, line: location.line, column: location.column + offset)
        }
        let distance = run.isFromEnvironment ? 0 : offset - run.offset
        return SourceLocation(file: location.file, line: run.line, column: run.column + distance)
    }
}

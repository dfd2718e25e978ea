internal import Logging
internal import Wire

/// Writes every log message as one line on standard error.
struct LineLogHandler: LogHandler {
    let label: String
    let format: LogFormat
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let write: @Sendable (String) -> Void
    private let now: @Sendable () -> LogTime

    init(
        label: String, format: LogFormat, level: Logger.Level, now: @escaping @Sendable () -> LogTime = LogTime.now,
        write: @escaping @Sendable (String) -> Void = Console.note
    ) {
        self.label = label
        self.format = format
        logLevel = level
        self.now = now
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let given = event.metadata { all.merge(given) { _, new in new } }
        let pairs = all.sorted { $0.key < $1.key }.map { ($0.key, String(describing: $0.value)) }
        switch format {
        case .text: write(text(event.level, String(describing: event.message), pairs))
        case .json: write(json(event.level, String(describing: event.message), pairs))
        }
    }

    /// `12:34:56.789 warning shop: a sentence (key=value)`: the pipeline's name stands first where there is one.
    private func text(_ level: Logger.Level, _ message: String, _ pairs: [(String, String)]) -> String {
        let pipeline = pairs.first { $0.0 == "pipeline" }.map { "\($0.1): " } ?? ""
        let rest = pairs.filter { $0.0 != "pipeline" }.map { "\($0.0)=\($0.1)" }.joined(separator: " ")
        let line = "\(now().clock) \(level.rawValue) \(pipeline)\(message)\(rest.isEmpty ? "" : " (\(rest))")"
        // One message is one line, whatever is in it.
        return line.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).joined(separator: " | ")
    }

    private func json(_ level: Logger.Level, _ message: String, _ pairs: [(String, String)]) -> String {
        var line: [UInt8] = []
        let own = [("time", now().stamp), ("level", level.rawValue), ("message", message)]
        for (key, value) in own + pairs.filter({ pair in !own.contains { $0.0 == pair.0 } }) {
            line.append(UInt8(ascii: line.isEmpty ? "{" : ","))
            line.append(jsonString: key)
            line.append(UInt8(ascii: ":"))
            line.append(jsonString: value)
        }
        line.append(UInt8(ascii: "}"))
        return String(decoding: line, as: UTF8.self)
    }
}

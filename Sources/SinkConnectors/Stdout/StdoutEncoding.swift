internal import Change
internal import Connector
internal import Wire

/// Writes become lines.
enum StdoutEncoding {
    case millrace(MillraceEnvelope)
    case debezium(DebeziumEnvelope)

    init(_ options: StdoutOptions) {
        switch options.form {
        case .millrace: self = .millrace(MillraceEnvelope())
        case .debezium:
            self = .debezium(DebeziumEnvelope(topicPrefix: options.topicPrefix, database: options.database))
        }
    }

    /// Appends the lines of one write.
    ///
    /// - Parameter now: microseconds since 1970.
    /// - Throws: where a cell cannot be read; `lines` is then as it was before.
    mutating func append(_ write: SinkWrite, at now: Int64, to lines: inout [UInt8]) throws(WireError) {
        let start = lines.count
        guard let mapping = write.mapping as? StdoutMapping else {
            preconditionFailure("a sink is given writes of its own mappings")
        }
        do {
            switch self {
            case .millrace(let envelope): try envelope.append(write, mapping, to: &lines)
            case .debezium(var envelope):
                try envelope.append(write, mapping, at: now, to: &lines)
                self = .debezium(envelope)
            }
        } catch {
            lines.truncate(to: start)
            throw error
        }
    }

    /// Appends the line of a truncate, of which only its version is known.
    mutating func append(truncate request: MappingRequest, floor: Version, at now: Int64, to lines: inout [UInt8]) {
        switch self {
        case .millrace(let envelope): envelope.append(truncate: request, floor: floor, to: &lines)
        case .debezium(var envelope):
            envelope.append(truncate: request, floor: floor, at: now, to: &lines)
            self = .debezium(envelope)
        }
    }
}

internal import Wire

/// One message of a replication stream (PostgreSQL documentation, "Streaming Replication Protocol").
public struct ReplicationMessage: ~Copyable {
    /// What the message says about itself.
    public enum Header: Sendable, Equatable {
        /// Output of the plugin, in ``ReplicationMessage/payload``. `start` is where the record stands in the log; it is
        /// not a commit's place, and several messages can share it.
        case data(start: LSN)
        /// Nothing happened; the server's log reaches to `end`.
        case keepalive(end: LSN, isReplyRequested: Bool)
    }

    public let header: Header
    /// When the server sent it, in microseconds since 1970.
    public let sentAt: Int64
    private let buffer: CopyBuffer
    private let payloadStart: Int

    init(_ buffer: consuming CopyBuffer) throws(PostgresError) {
        let fields = try Self.fields(buffer.message)
        header = fields.header
        sentAt = PostgresTime.sinceUnixEpoch(fields.sentAt)
        payloadStart = fields.payloadStart
        self.buffer = buffer
    }

    /// The plugin's output; empty for a keepalive.
    public var payload: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let message = buffer.message
            return message.extracting(payloadStart..<message.count)
        }
    }

    struct Fields {
        var header: Header
        var sentAt: Int64
        var payloadStart: Int
    }

    /// Reads everything but the payload.
    static func fields(_ message: Span<UInt8>) throws(PostgresError) -> Fields {
        do throws(WireError) {
            var reader = ByteReader(message)
            switch try reader.readUInt8() {
            case UInt8(ascii: "w"):
                let start = LSN(rawValue: try reader.readUInt64())
                // The end of the log as it was when the message was sent; in logical replication it repeats the start.
                _ = try reader.readUInt64()
                let sentAt = Int64(bitPattern: try reader.readUInt64())
                return Fields(header: .data(start: start), sentAt: sentAt, payloadStart: reader.offset)
            case UInt8(ascii: "k"):
                let end = LSN(rawValue: try reader.readUInt64())
                let sentAt = Int64(bitPattern: try reader.readUInt64())
                let isReplyRequested = try reader.readUInt8() != 0
                return Fields(
                    header: .keepalive(end: end, isReplyRequested: isReplyRequested), sentAt: sentAt,
                    payloadStart: message.count)
            case let kind:
                throw .malformed("replication message of kind \(kind)")
            }
        } catch {
            throw .protocolViolation("a replication message cannot be read: \(error)")
        }
    }
}

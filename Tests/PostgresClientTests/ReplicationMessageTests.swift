import Testing

@testable import PostgresClient

struct ReplicationMessageTests {
    static let data = Message("w").int64(0x16_B374_D848).int64(0x16_B374_D848).int64(1_000_000).bytes
    static let keepalive = Message("k").int64(0x16_B374_D848).int64(0).int8(1).bytes

    @Test func headersAreRead() throws {
        let data = try ReplicationMessage.fields((Self.data + [1, 2, 3]).span)
        #expect(data.header == .data(start: LSN(rawValue: 0x16_B374_D848)))
        #expect(data.payloadStart == 25)
        #expect(PostgresTime.sinceUnixEpoch(data.sentAt) == 946_684_801_000_000)
        let keepalive = try ReplicationMessage.fields(Self.keepalive.span)
        #expect(keepalive.header == .keepalive(end: LSN(rawValue: 0x16_B374_D848), isReplyRequested: true))
    }

    @Test(arguments: [data, keepalive])
    func everyTruncationIsRefused(message: [UInt8]) {
        for length in 0..<message.count {
            let error = #expect(throws: PostgresError.self) {
                _ = try ReplicationMessage.fields(message.span.extracting(0..<length))
            }
            #expect(error?.kind == .protocolViolation)
        }
    }

    @Test func anUnknownKindIsRefused() {
        #expect(throws: PostgresError.self) { _ = try ReplicationMessage.fields(Message("s").int64(0).bytes.span) }
    }

    @Test func aStatusHasTheServersForm() {
        let status = StandbyStatus(
            written: LSN(rawValue: 3), flushed: LSN(rawValue: 2), applied: LSN(rawValue: 1), isReplyRequested: true)
        #expect(
            status.encoded(at: -5)
                == Message("r").int64(3).int64(2).int64(1).int64(UInt64(bitPattern: -5)).int8(1).bytes)
    }
}

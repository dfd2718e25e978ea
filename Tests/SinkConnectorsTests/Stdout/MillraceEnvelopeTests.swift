import Change
import Connector
import Testing

@testable import SinkConnectors

@Suite struct MillraceEnvelopeTests {
    private let table = PrintedTable()

    private func head(_ op: String, commit: UInt64 = 3000, ordinal: UInt64 = 2) -> String {
        let digits = String(table.schema.fingerprint, radix: 16)
        let fingerprint = String(repeating: "0", count: 16 - digits.count) + digits
        let version = Version(epoch: 0, commit: commit, window: 0).rawValue
        return #"{"op":"\#(op)","namespace":"public","table":"odd \"things\"","schema":"\#(fingerprint)","#
            + #""position":{"commit":\#(commit),"ordinal":\#(ordinal)},"version":\#(version)"#
    }

    private let transaction = #","transaction":{"id":734,"committedAt":"2026-01-02T03:04:05.678901Z"}"#

    @Test func anInsertHoldsTheWholeRow() throws {
        let lines = try table.print([table.write(.insert, ["7", "Anne\n", "1.50", "\\xff00"])], .millrace)
        #expect(
            lines == [
                head("insert") + transaction
                    + #","key":{"id":7},"before":null,"after":{"id":7,"name":"Anne\n","price":"1.50","photo":"/wA="}}"#
            ])
        _ = try PrintedTable.object(lines[0])
    }

    @Test func unchangedCellsAreNamedAndNeverWritten() throws {
        let update = table.write(
            .update, ["8", nil, .unchanged, .unchanged], old: ["7", .unchanged, .unchanged, .unchanged])
        #expect(
            try table.print([update], .millrace) == [
                head("update") + transaction
                    + #","key":{"id":8},"before":{"id":7},"after":{"id":8,"name":null},"unchanged":["price","photo"]}"#
            ])
    }

    @Test func aDeleteHoldsWhatTheSourceKnowsOfTheOldRow() throws {
        #expect(
            try table.print([table.write(.delete, ["7", .unchanged, .unchanged, .unchanged])], .millrace) == [
                head("delete") + transaction + #","key":{"id":7},"before":{"id":7},"after":null}"#
            ])
    }

    @Test func aRowOfASnapshotHasNoTransaction() throws {
        #expect(
            try table.print([table.write(.read, ["7", "", nil, "\\x"])], .millrace) == [
                head("read")
                    + #","transaction":null,"key":{"id":7},"before":null,"after":{"id":7,"name":"","price":null,"photo":""}}"#
            ])
    }

    @Test func aTruncateHoldsItsVersionAlone() {
        var encoding = StdoutEncoding(StdoutOptions(PrintedTable.options(), pipeline: "p"))
        var lines: [UInt8] = []
        let floor = Version(epoch: 0, commit: 3000, window: 0)
        encoding.append(truncate: table.mapping.request, floor: floor, at: 0, to: &lines)
        #expect(
            PrintedTable.lines(lines) == [
                head("truncate", ordinal: 0) + #","transaction":null,"key":null,"before":null,"after":null}"#
            ])
    }

    @Test func aColumnThatIsNotWrittenIsNotInTheKeyEither() throws {
        let hidden = PrintedTable(outputs: [OutputField(name: "label", column: 1)])
        let line = try hidden.print(
            [hidden.write(.update, ["7", "Anne", nil, nil], old: ["7", "Ann", nil, nil])], .millrace)
        #expect(line[0].hasSuffix(#""key":{},"before":{"label":"Ann"},"after":{"label":"Anne"}}"#))
    }

    @Test func aCellThatCannotBeReadLeavesNoTornLine() {
        var encoding = StdoutEncoding(StdoutOptions(PrintedTable.options(), pipeline: "p"))
        var lines: [UInt8] = Array("before\n".utf8)
        #expect(throws: (any Error).self) {
            try encoding.append(table.write(.insert, ["7", "secret", "x", nil]), at: 0, to: &lines)
        }
        #expect(lines == Array("before\n".utf8))
    }

    @Test func aMessageHasItsPrefixAndContentInPlaceOfARow() throws {
        let lines = try table.print(
            [try PrintedTable.message("outbox", "\\x6869"), try PrintedTable.message("m", "\\x", transaction: 0)],
            .millrace)
        let version = Version(epoch: 0, commit: 3000, window: 0).rawValue
        #expect(
            lines == [
                #"{"op":"message","position":{"commit":3000,"ordinal":1},"version":\#(version),"#
                    + #""transaction":{"id":734,"committedAt":"2026-01-02T03:04:05.678901Z"},"#
                    + #""message":{"prefix":"outbox","content":"aGk="}}"#,
                #"{"op":"message","position":{"commit":3000,"ordinal":1},"version":\#(version),"#
                    + #""transaction":{"id":null,"committedAt":"2026-01-02T03:04:05.678901Z"},"#
                    + #""message":{"prefix":"m","content":""}}"#,
            ])
    }
}
